import type { CanonicalCohort, Definition, Rule, SetOperation } from '../cohort/definition.js';
import type { EventSelector, FilterOn, FilterSubject, PropertyTest, PropertyValue } from '../event/filter.js';
import type { ValueName } from '../ingest/batch-tally.js';
import { metric } from '../metric/catalogue.js';
import type { MetricDefinition } from '../metric/define-metric.js';
import type { CanonicalParams, CanonicalRequest } from '../request/canonical-request.js';
import type { CanonicalBreakdown } from '../series/breakdown.js';

/**
 * A property of events (`events` null: of any), or a trait, and the types of which one value at least must be for the
 * question to have a sense; null: any.
 */
export interface RequestedKey {
  readonly subject: FilterSubject;
  readonly events: readonly string[] | null;
  readonly name: string;
  readonly types: readonly ValueName[] | null;
}

/** The names of a request that data have to bring. */
export interface RequestedNames {
  readonly events: readonly string[];
  readonly keys: readonly RequestedKey[];
}

/** All names that a request reads: of its metric, birth, breakdown and cohort. */
export function requestedNames({ metric: id, params, birth, breakdown, cohort }: CanonicalRequest): RequestedNames {
  const { parameters, reads } = metric(id);
  const { excludes } = reads(params);
  return joined([
    ofSelector(params),
    { events: [], keys: ofParameters(parameters, params) },
    { events: [], keys: excludes ? ofFilter('trait', null, excludes) : [] },
    birth?.kind === 'first_event' ? ofSelector(birth) : NONE,
    { events: [], keys: breakdown.map((by) => ofBreakdown(by, params.event)) },
    ofCohort(cohort),
  ]);
}

const NONE: RequestedNames = { events: [], keys: [] };

function joined(parts: readonly RequestedNames[]): RequestedNames {
  return { events: parts.flatMap(({ events }) => events), keys: parts.flatMap(({ keys }) => keys) };
}

function ofSelector({ event, where }: EventSelector): RequestedNames {
  return { events: event ?? [], keys: where === null ? [] : ofFilter('property', event, where) };
}

/** Of the parameters that name a property of the events. */
function ofParameters(parameters: MetricDefinition['parameters'], params: CanonicalParams): RequestedKey[] {
  return Object.entries(parameters).flatMap(([parameter, { namesProperty }]): RequestedKey[] => {
    const name = params[parameter];
    // A name that begins with $ is none of the sender's: "$day".
    if (namesProperty === undefined || typeof name !== 'string' || name.startsWith('$')) return [];
    const types: readonly ValueName[] | null = namesProperty === 'number' ? ['number'] : null;
    return [{ subject: 'property', events: params.event, name, types }];
  });
}

function ofBreakdown(by: CanonicalBreakdown, events: readonly string[] | null): RequestedKey {
  const trait = typeof by === 'string' ? after('trait:', by) : by.trait;
  if (trait !== undefined) return { subject: 'trait', events: null, name: trait, types: null };
  const property = typeof by === 'string' ? after('property:', by) : by.property;
  return { subject: 'property', events, name: property ?? '', types: null };
}

function after(prefix: string, text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** Tests that are exact negations ask for no type: of none they are true. */
function ofFilter<S extends FilterSubject>(
  subject: S,
  events: readonly string[] | null,
  filter: FilterOn<S>,
): RequestedKey[] {
  if ('and' in filter) return filter.and.flatMap((part) => ofFilter(subject, events, part));
  if ('or' in filter) return filter.or.flatMap((part) => ofFilter(subject, events, part));
  if ('not' in filter) return ofFilter(subject, events, filter.not);
  return [{ subject, events, name: filter[subject], types: typesOf(filter) }];
}

function typesOf(test: PropertyTest): readonly ValueName[] | null {
  if ('gt' in test || 'gte' in test || 'lt' in test || 'lte' in test) return ['number'];
  if ('contains' in test || 'starts_with' in test || 'ends_with' in test) return ['text'];
  if ('before' in test || 'after' in test) return ['text'];
  if ('eq' in test) return [typeOf(test.eq)];
  return 'in' in test ? [...new Set(test.in.map(typeOf))] : null;
}

function typeOf(value: PropertyValue): ValueName {
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'text';
}

function ofCohort(cohort: CanonicalCohort): RequestedNames {
  if ('set' in cohort) return joined(operandsOf(cohort.set).map(ofCohort));
  if ('rule' in cohort) return joined([ofRule(cohort.rule), ofCohort(cohort.universe)]);
  return NONE;
}

function operandsOf<Leaf>(set: SetOperation<Leaf>): readonly Definition<Leaf>[] {
  if ('and' in set) return set.and;
  return 'or' in set ? set.or : set.except;
}

function ofRule(rule: Rule): RequestedNames {
  if ('and' in rule) return joined(rule.and.map(ofRule));
  if ('or' in rule) return joined(rule.or.map(ofRule));
  if ('not' in rule) return ofRule(rule.not);
  if ('born' in rule) return rule.born.birth.kind === 'first_event' ? ofSelector(rule.born.birth) : NONE;
  if (!('did' in rule)) return { events: [], keys: ofFilter('trait', null, rule) };
  const { within } = rule.did;
  const birth = within !== null && 'since_birth' in within ? within.since_birth.birth : null;
  return joined([ofSelector(rule.did), birth?.kind === 'first_event' ? ofSelector(birth) : NONE]);
}
