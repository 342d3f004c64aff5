import type { DefinitionPlan, Membership, PlannedCount } from '../../core/cohort/definition-plan.js';
import type { PlannedSelector } from '../../core/event/time-bound.js';
import { compileSelector } from '../compile-filter.js';
import { dateTime, int64Ms, type ParamList } from '../compiled-query.js';
import type { DataScope } from '../data-scope.js';
import {
  CHANGE_VERSION,
  compileTraitFilter,
  ofLastRegistration,
  traitFacts,
  traitMeasures,
  type FactColumn,
} from '../fact-columns.js';
import { compileLists, isOfLists } from './member-lists.js';

/** The data that a definition is evaluated on. */
export interface DefinitionScope extends DataScope {
  /**
   * Members of lists are found by reading all users, as they are too many to be looked up. Does not change the answer.
   */
  readonly isGathered?: boolean;
}

/** Whether only members of the lists are read, as nobody else can be in the cohort. */
export function looksUpLists(plan: DefinitionPlan, { isGathered = false }: DefinitionScope): boolean {
  return !isOfLists(plan) && plan.lists.length > 0 && !mentionsAll(plan.membership) && !isGathered;
}

/**
 * A SELECT of the `user_id` of everyone in the cohort, each once. Whatever the definition asks, each table is read once
 * at most: all conditions are gathered to one row of a user, and sets are read off these rows like rules.
 */
export function compileDefinition(plan: DefinitionPlan, scope: DefinitionScope, params: ParamList): string {
  if (isOfLists(plan)) return compileLists(plan, scope.propertyNumber, params);
  const facts = compileFacts(plan, scope, params);
  const people = peopleColumns(plan, params);
  return `SELECT user_id
FROM (
    SELECT
        ${['user_id', ...people].join(',\n        ')}
    FROM (
        ${facts}
    )
    GROUP BY user_id
)
WHERE ${compileMembership(plan.membership, plan, params)}`;
}

function compileFacts(plan: DefinitionPlan, scope: DefinitionScope, params: ParamList): string {
  const property = params.add('UInt32', scope.propertyNumber);
  const dataVersion = params.add('UInt64', scope.dataVersion);
  const asOf = dateTime(scope.asOfMs, params);
  const columns = factColumns(plan, scope, params);
  const lists =
    plan.lists.length > 0 ? `property = ${property} AND set_hash IN ${params.add('Array(String)', plan.lists)}` : null;
  const isListed = looksUpLists(plan, scope) ? ` AND user_id IN (SELECT user_id FROM member_sets WHERE ${lists})` : '';
  const visible = `property = ${property} AND seq <= ${dataVersion}${isListed}`;
  const select = (of: (column: FactColumn) => string): string =>
    columns.map((column) => `${of(column)} AS ${column.name}`).join(',\n            ');
  const parts: string[] = [];
  const bounds = eventBounds(plan);
  if (bounds) {
    const narrowed = bounds.names.map((names) => `name IN ${params.add('Array(String)', names)}`);
    if (bounds.fromMs > -Infinity) narrowed.push(`time >= ${dateTime(bounds.fromMs, params)}`);
    if (bounds.toMs < Infinity) narrowed.push(`time < ${dateTime(bounds.toMs, params)}`);
    // ClickHouse: PREWHERE runs before FINAL, so it may only hold what keeps the winner of an identity: conditions on
    // the key, and on `seq`.
    parts.push(`SELECT
            ${select(({ event }) => event)}
        FROM events FINAL
        PREWHERE ${[visible, `time < ${asOf}`, ...narrowed].join(' AND ')}`);
  }
  if (readsChanges(plan)) {
    parts.push(`SELECT
            ${select(({ change }) => change)}
        FROM user_changes
        PREWHERE ${visible}`);
  }
  if (lists !== null) {
    parts.push(`SELECT
            ${select(({ member }) => member)}
        FROM member_sets
        WHERE ${lists}`);
  }
  return parts.join('\n        UNION ALL\n        ');
}

function factColumns(plan: DefinitionPlan, scope: DefinitionScope, params: ParamList): FactColumn[] {
  const registered = `ifNull(toUnixTimestamp64Milli(registered_at), 0)`;
  const columns: FactColumn[] = [
    { name: 'user_id', event: 'user_id', change: 'user_id', member: 'user_id' },
    { name: 'known', event: 'true', change: 'true', member: 'false' },
    { name: 'at_ms', event: 'toUnixTimestamp64Milli(time)', change: registered, member: 'toInt64(0)' },
  ];
  plan.lists.forEach((hash, i) => {
    columns.push({
      name: `in_list${i}`,
      event: 'false',
      change: 'false',
      member: `set_hash = ${params.add('String', hash)}`,
    });
  });
  plan.counts.forEach((count, i) => {
    columns.push({ name: `matched${i}`, event: matched(count, params), change: 'false', member: 'false' });
  });
  plan.births.forEach((birth, i) => {
    if (birth.kind === 'registration') return;
    columns.push({ name: `born${i}`, event: compileSelector(birth, params), change: 'false', member: 'false' });
  });
  columns.push(...traitFacts(traitNames(plan), params));
  if (readsChanges(plan)) {
    const isRegistered = `registered_at IS NOT NULL AND at_ms < ${int64Ms(scope.asOfMs, params)}`;
    columns.push(
      { name: 'registration_given', event: 'false', change: 'registration_given', member: 'false' },
      { name: 'is_registered', event: 'false', change: isRegistered, member: 'false' },
      { name: 'is_later', event: 'false', change: 'registered_at IS NOT NULL AND NOT is_registered', member: 'false' },
      CHANGE_VERSION,
    );
  }
  return columns;
}

/** `true` where every event counts. Those of a window since birth are sorted out later. */
function matched({ selector, within }: PlannedCount, params: ParamList): string {
  const tests = [compileSelector(selector, params)];
  if (within.kind === 'interval' && within.fromMs > -Infinity) tests.push(`at_ms >= ${int64Ms(within.fromMs, params)}`);
  if (within.kind === 'interval' && within.toMs < Infinity) tests.push(`at_ms < ${int64Ms(within.toMs, params)}`);
  return tests.join(' AND ');
}

function peopleColumns(plan: DefinitionPlan, params: ParamList): readonly string[] {
  const births = plan.births.flatMap((birth, i) => [
    `${birth.kind === 'registration' ? ofLastRegistration('is_registered') : `max(born${i})`} AS has_birth${i}`,
    `${birth.kind === 'registration' ? ofLastRegistration('at_ms') : `minIf(at_ms, born${i})`} AS birth${i}_ms`,
  ]);
  return [
    'max(known) AS is_known',
    ...(readsChanges(plan) ? [`${ofLastRegistration('is_later')} AS comes_later`] : []),
    ...plan.lists.map((_, i) => `max(in_list${i}) AS is_member${i}`),
    ...births,
    ...plan.counts.map((count, i) => `${events(count, i, params)} AS events${i}`),
    ...traitMeasures(traitNames(plan)),
  ];
}

function events({ within }: PlannedCount, i: number, params: ParamList): string {
  if (within.kind === 'interval') return `countIf(matched${i})`;
  const start = `birth${within.birth}_ms + ${int64Ms(within.offsetMs, params)}`;
  const inside = `at -> at >= ${start} AND at < ${start} + ${int64Ms(within.lengthMs, params)}`;
  return `if(has_birth${within.birth}, arrayCount(${inside}, groupArrayIf(at_ms, matched${i})), 0)`;
}

function compileMembership(membership: Membership, plan: DefinitionPlan, params: ParamList): string {
  switch (membership.kind) {
    case 'all':
      return '(is_known AND NOT comes_later)';
    case 'member':
      return `is_member${membership.list}`;
    case 'count':
      return compileCount(`events${membership.count}`, membership, params);
    case 'trait':
      return compileTraitTest(plan, membership.trait, params);
    case 'born': {
      const tests = [`has_birth${membership.birth}`];
      const at = `birth${membership.birth}_ms`;
      if (membership.fromMs > -Infinity) tests.push(`${at} >= ${int64Ms(membership.fromMs, params)}`);
      if (membership.toMs < Infinity) tests.push(`${at} < ${int64Ms(membership.toMs, params)}`);
      return `(${tests.join(' AND ')})`;
    }
    case 'and':
    case 'or':
      return `(${membership.of.map((one) => compileMembership(one, plan, params)).join(` ${membership.kind.toUpperCase()} `)})`;
    case 'not':
      return `(NOT ${compileMembership(membership.of, plan, params)})`;
  }
}

function compileTraitTest(plan: DefinitionPlan, index: number, params: ParamList): string {
  const test = plan.traits[index];
  if (!test) throw new Error(`The plan has no test ${index} of a trait`);
  return compileTraitFilter(test, traitNames(plan), params);
}

function compileCount(
  events: string,
  { min, max }: { readonly min: number; readonly max: number | null },
  params: ParamList,
): string {
  if (max === null) return `${events} >= ${params.add('UInt64', min)}`;
  return min === max ? `${events} = ${params.add('UInt64', min)}` : `${events} <= ${params.add('UInt64', max)}`;
}

/** Each trait that is tested, once. */
function traitNames({ traits }: DefinitionPlan): readonly string[] {
  return [...new Set(traits.map(({ trait }) => trait))];
}

/** Whether changes of users are read; a cohort of lists alone needs none. */
function readsChanges({ traits, births, membership }: DefinitionPlan): boolean {
  return traits.length > 0 || births.some(({ kind }) => kind === 'registration') || mentionsAll(membership);
}

/** Which events a definition has to see. */
interface EventBounds {
  /** One list of names; none: events of every name. */
  readonly names: readonly (readonly string[])[];
  readonly fromMs: number;
  readonly toMs: number;
}

const EVERY_EVENT: EventBounds = { names: [], fromMs: -Infinity, toMs: Infinity };

/**
 * The events that can make a difference; null: no event is read. Any event makes a user known. Where no user is in the
 * cohort merely for being known, events that no condition counts can be left out: a user of whom none is left is not in
 * it.
 */
function eventBounds(plan: DefinitionPlan): EventBounds | null {
  const { counts, births } = plan;
  const firstEvents = births.flatMap((birth) => (birth.kind === 'first_event' ? [birth] : []));
  if (mentionsAll(plan.membership) && (plan.lists.length > 0 || holdsOfUnseen(plan.membership))) return EVERY_EVENT;
  if (counts.length === 0 && firstEvents.length === 0) return null;
  const intervals = counts.flatMap(({ within }) => (within.kind === 'interval' ? [within] : []));
  const isOpen = intervals.length < counts.length || firstEvents.length > 0;
  return {
    names: namesOf([...counts.map(({ selector }) => selector), ...firstEvents]),
    fromMs: isOpen ? -Infinity : Math.min(...intervals.map(({ fromMs }) => fromMs)),
    toMs: isOpen ? Infinity : Math.max(...intervals.map(({ toMs }) => toMs)),
  };
}

function namesOf(selectors: readonly PlannedSelector[]): readonly (readonly string[])[] {
  const names = selectors.map(({ event }) => event);
  if (names.includes(null)) return [];
  return [[...new Set(names.flatMap((list) => list ?? []))].sort()];
}

/** Whether the membership asks who is known and registered, which is what `all` means. */
function mentionsAll(membership: Membership): boolean {
  switch (membership.kind) {
    case 'all':
      return true;
    case 'and':
    case 'or':
      return membership.of.some(mentionsAll);
    case 'not':
      return mentionsAll(membership.of);
    default:
      return false;
  }
}

/**
 * Whether a user can be in the cohort of whom only events are on record, and none that a condition counts. Users with
 * registrations or traits are found without events.
 */
function holdsOfUnseen(membership: Membership): boolean {
  switch (membership.kind) {
    case 'all':
      return true;
    case 'member':
    case 'trait':
    case 'born':
      return false;
    case 'count':
      return membership.min === 0;
    case 'and':
      return membership.of.every(holdsOfUnseen);
    case 'or':
      return membership.of.some(holdsOfUnseen);
    case 'not':
      return !holdsOfUnseen(membership.of);
  }
}
