import type { PropertyValue } from '../../../src/core/event/filter.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { OracleRow } from './oracle.js';
import type { Measurer } from './request-measure.js';
import type { Part } from './request-parts.js';
import type { OracleUser } from './request-users.js';
import type { SentEvent } from './world.js';

export type GroupValue = PropertyValue | null;

/** One group: the rows of a part in it. */
export interface GroupOf {
  readonly by: string;
  readonly group: GroupValue;
  readonly rest?: true;
  rows(part: Part): OracleRow[];
  /** Of its users in a part. */
  events(part: Part): SentEvent[];
}

/** In order; null: no breakdown is asked for. `parts`: all there are, the total among them. */
export function groupsOf(
  { breakdown: [by] }: CanonicalRequest,
  measurer: Measurer,
  users: readonly OracleUser[],
  parts: readonly Part[],
): GroupOf[] | null {
  if (by === undefined) return null;
  if (typeof by !== 'string') return topGroups(by, measurer, users, parts);
  const [kind, name] = [by.slice(0, by.indexOf(':')), by.slice(by.indexOf(':') + 1)];
  return kind === 'trait' ? byTrait(by, name, measurer, users) : byProperty(by, name, measurer, users, parts);
}

type Top = Exclude<CanonicalRequest['breakdown'][number], string>;

/**
 * The largest groups of the whole window, largest first, and the others as one, whose users or events are measured
 * together.
 */
function topGroups(
  { trait, property, top, by, rest }: Top,
  measurer: Measurer,
  users: readonly OracleUser[],
  parts: readonly Part[],
): GroupOf[] {
  const name = trait ?? property ?? '';
  const text = trait === undefined ? `property:${name}` : `trait:${name}`;
  const whole = parts.find(({ point }) => point === null) ?? parts[0]!;
  const all =
    trait === undefined ? byProperty(text, name, measurer, users, parts) : byTrait(text, name, measurer, users);
  const sized = all
    .map((group) => ({ ...group, size: sizeOf(group, whole, by), total: sizeOf(group, whole, 'value') }))
    .filter((group) => group.rows(whole).length > 0)
    .sort((a, b) => b.size - a.size || b.total - a.total);
  const kept = sized.slice(0, top);
  if (!rest) return kept;
  const isKept = (value: GroupValue): boolean => kept.some(({ group }) => isSame(group, value));
  const ofEvent = ({ properties }: SentEvent): GroupValue => ownValue(properties, name);
  const others = {
    by: text,
    group: null,
    rest: true as const,
    events: () => [],
    rows: (part: Part) =>
      trait === undefined
        ? measurer.rows(part, users, (event) => ofEvent(event) !== null && !isKept(ofEvent(event)))
        : measurer.rows(
            part,
            users.filter(({ traits }) => !isKept(ownValue(traits, name))),
          ),
  };
  return parts.some((part) => others.rows(part).length > 0) ? [...kept, others] : kept;
}

/** `events`: those in the window that are measured for it. */
function sizeOf(group: GroupOf, whole: Part, by: Top['by']): number {
  const rows = group.rows(whole);
  if (by === 'users') return rows.length;
  if (by === 'events') return group.events(whole).length;
  return rows.reduce((sum, { columns: [first] }) => sum + numberOf(first), 0);
}

function numberOf(outcome: OracleRow['columns'][number] | undefined): number {
  return outcome !== undefined && 'value' in outcome ? Number(outcome.value) : 0;
}

/** Every user is in one group; who has no such trait in that of null. */
function byTrait(by: string, name: string, measurer: Measurer, users: readonly OracleUser[]): GroupOf[] {
  const groupOf = ({ traits }: OracleUser): GroupValue => ownValue(traits, name);
  return inOrder(users.map(groupOf)).map((group) => {
    const own = users.filter((user) => isSame(groupOf(user), group));
    return {
      by,
      group,
      rows: (part) => measurer.rows(part, own),
      events: (part) => own.flatMap((user) => measurer.inside(part, user)),
    };
  });
}

/** A user is in the group of every value that some event in the window has; each group counts its own events. */
function byProperty(
  by: string,
  name: string,
  measurer: Measurer,
  users: readonly OracleUser[],
  parts: readonly Part[],
): GroupOf[] {
  const valueOf = ({ properties }: SentEvent): GroupValue => ownValue(properties, name);
  const seen = parts.flatMap((part) => users.flatMap((user) => measurer.inside(part, user))).map(valueOf);
  return inOrder(seen.filter((value) => value !== null)).map((group) => ({
    by,
    group,
    rows: (part) => measurer.rows(part, users, (event) => isSame(valueOf(event), group)),
    events: (part) =>
      users.flatMap((user) => measurer.inside(part, user)).filter((event) => isSame(valueOf(event), group)),
  }));
}

/** -0 is 0. */
function ownValue(values: Readonly<Record<string, PropertyValue>>, name: string): GroupValue {
  const value = Object.hasOwn(values, name) ? (values[name] ?? null) : null;
  return typeof value === 'number' ? value + 0 : value;
}

/** 1 and "1" are two. */
function isSame(a: GroupValue, b: GroupValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const TYPES = ['string', 'number', 'boolean', 'object'];

/** Distinct: texts by their bytes, then numbers, then false and true, then null. */
function inOrder(values: readonly GroupValue[]): GroupValue[] {
  const distinct = values.filter((value, i) => values.findIndex((other) => isSame(other, value)) === i);
  return distinct.sort((a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
    return TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b) || Number(a) - Number(b);
  });
}
