import type { DefinitionPlan, PlannedWithin } from '../cohort/definition-plan.js';
import { comparesNumbers, type Filter } from '../event/filter.js';
import type { PlannedSelector, TimeBound } from '../event/time-bound.js';
import { metric } from '../metric/catalogue.js';
import { COUNT_OF_EVENTS } from '../metric/event-count.js';
import type { PropertySchema } from '../schema/property-schema.js';
import type { Period } from '../time/calendar.js';
import type { RunPlan } from './run-plan.js';
import { windowReach } from './planned-window.js';

/** The part of a request that reads a property of events as a number. */
export type NumericPlace = 'metric' | 'birth' | 'cohort';

/**
 * A property that a part of a request reads as a number, and which events that part reads: of a filter those that pass
 * the rest of it.
 */
export interface NumericRead {
  readonly place: NumericPlace;
  readonly property: string;
  readonly selector: PlannedSelector;
  /**
   * Of the birth and the cohort: when such events count, in UTC milliseconds, also infinite; of the metric null, it has
   * the window of the plan.
   */
  readonly within: Period | null;
}

/** How many events a read passes over, as their property is no number, and of how many users. */
export interface SkippedEvents extends Pick<NumericRead, 'place' | 'property'> {
  readonly events: number;
  readonly users: number;
}

type PlannedFilter = Filter<TimeBound>;

const ALWAYS: Period = { fromMs: -Infinity, toMs: Infinity };

/** The properties of events that a run reads as numbers, each once for a part of the request. */
export function numericReads({ metric: plan, selector, birth, cohort }: RunPlan): readonly NumericRead[] {
  const values = metric(plan.kind).numericProperties(plan);
  return [
    ...ofSelector('metric', selector, values, null),
    ...(birth.kind === 'first_event' ? ofSelector('birth', birth, [], ALWAYS) : []),
    ...(cohort.kind === 'definition' ? ofDefinition(cohort.definition) : []),
  ];
}

/**
 * Those whose property has come in both as a number and as something else in such events. Where the schema has left
 * something out, nobody can tell, so all.
 */
export function mixedReads(
  reads: readonly NumericRead[],
  { isWhole, entries }: PropertySchema,
): readonly NumericRead[] {
  if (!isWhole) return reads;
  const all = [...entries.values()];
  return reads.filter(({ property, selector: { event: names } }) => {
    const isOf = (event: string | null): boolean => event !== null && (names === null || names.includes(event));
    const types = all.filter(({ event, key }) => key === property && isOf(event)).map(({ type }) => type);
    return types.includes('number') && types.some((type) => type !== 'number');
  });
}

/**
 * A plan that counts for each user the events that a read passes over: they have the property, and no number in it. Of
 * the metric in its own windows, of the birth by the same users at any time, of the cohort by everybody, as who is in
 * it is what its rule tells.
 */
export function skippedPlan(plan: RunPlan, { place, property, selector, within }: NumericRead): RunPlan {
  const counted: RunPlan = {
    ...plan,
    cells: null,
    breakdown: null,
    metric: COUNT_OF_EVENTS,
    selector: { event: selector.event, where: noNumber(property, selector.where) },
  };
  if (within === null) return { ...counted, window: lookedAt(plan) };
  const everybody: Pick<RunPlan, 'cohort' | 'excludes'> | null =
    place === 'cohort' ? { cohort: { kind: 'all' }, excludes: null } : null;
  return { ...counted, ...everybody, window: { kind: 'fixed', ...within }, birth: { kind: 'none' }, births: null };
}

/** A metric that looks back has no window of its own. */
function lookedAt(plan: RunPlan): RunPlan['window'] {
  return metric(plan.metric.kind).looksBack ? { kind: 'fixed', ...windowReach(plan) } : plan.window;
}

/** Every number is at least 0 or below it. */
function noNumber(property: string, rest: PlannedFilter | null): PlannedFilter {
  const isOther: PlannedFilter[] = [
    { property, exists: true },
    { not: { property, gte: 0 } },
    { not: { property, lt: 0 } },
  ];
  return { and: rest === null ? isOther : [rest, ...isOther] };
}

function ofSelector(
  place: NumericPlace,
  { event, where }: PlannedSelector,
  values: readonly string[],
  within: Period | null,
): NumericRead[] {
  const properties = [...new Set([...values, ...comparedAsNumbers(where)])];
  return properties.map((property) => ({
    place,
    property,
    selector: { event, where: restOf(where, property) },
    within,
  }));
}

/**
 * Of all conditions on a property together, without the rest of their filters: who is in the cohort is told by all of
 * them.
 */
function ofDefinition({ counts, births }: DefinitionPlan): NumericRead[] {
  const selectors = births.flatMap((birth) =>
    birth.kind === 'first_event' ? [{ selector: birth, within: ALWAYS }] : [],
  );
  const conditions = [...counts.map(({ selector, within }) => ({ selector, within: periodOf(within) })), ...selectors];
  const properties = new Set(conditions.flatMap(({ selector }) => comparedAsNumbers(selector.where)));
  return [...properties].map((property) => {
    const of = conditions.filter(({ selector }) => comparedAsNumbers(selector.where).includes(property));
    return {
      place: 'cohort',
      property,
      selector: { event: namesOf(of.map(({ selector }) => selector)), where: null },
      within: {
        fromMs: Math.min(...of.map(({ within }) => within.fromMs)),
        toMs: Math.max(...of.map(({ within }) => within.toMs)),
      },
    };
  });
}

function periodOf(within: PlannedWithin): Period {
  return within.kind === 'interval' ? { fromMs: within.fromMs, toMs: within.toMs } : ALWAYS;
}

function namesOf(selectors: readonly PlannedSelector[]): readonly string[] | null {
  if (selectors.some(({ event }) => event === null)) return null;
  return [...new Set(selectors.flatMap(({ event }) => event ?? []))].toSorted();
}

function comparedAsNumbers(filter: PlannedFilter | null): readonly string[] {
  if (filter === null) return [];
  if ('and' in filter) return filter.and.flatMap(comparedAsNumbers);
  if ('or' in filter) return filter.or.flatMap(comparedAsNumbers);
  if ('not' in filter) return comparedAsNumbers(filter.not);
  return comparesNumbers(filter) ? [filter.property] : [];
}

/** The filter as if every comparison of the property with a number spoke for the event; null: all events pass then. */
function restOf(filter: PlannedFilter | null, property: string): PlannedFilter | null {
  const rest = filter === null || settled(filter, property, true);
  return typeof rest === 'boolean' ? null : rest;
}

/** `verdict`: of the comparisons. */
function settled(filter: PlannedFilter, property: string, verdict: boolean): PlannedFilter | boolean {
  if ('and' in filter) return settledAll(filter.and, property, verdict, false);
  if ('or' in filter) return settledAll(filter.or, property, verdict, true);
  if ('not' in filter) {
    const inner = settled(filter.not, property, !verdict);
    return typeof inner === 'boolean' ? !inner : { not: inner };
  }
  return comparesNumbers(filter) && filter.property === property ? verdict : filter;
}

/** `decisive`: the verdict of one part that decides for all, true of `or`, false of `and`. */
function settledAll(
  filters: readonly PlannedFilter[],
  property: string,
  verdict: boolean,
  decisive: boolean,
): PlannedFilter | boolean {
  const parts = filters.map((part) => settled(part, property, verdict));
  if (parts.includes(decisive)) return decisive;
  const left = parts.filter((part) => typeof part !== 'boolean');
  if (left.length === 0) return !decisive;
  return decisive ? { or: left } : { and: left };
}
