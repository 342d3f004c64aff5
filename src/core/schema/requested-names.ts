import type { CanonicalCohort, Rule } from '../cohort/definition.js';
import { operandsOf } from '../cohort/normal-set.js';
import {
  comparesNumbers,
  type EventSelector,
  type FilterOn,
  type FilterSubject,
  type PropertyTest,
  type PropertyValue,
} from '../event/filter.js';
import { parseEventSelector } from '../event/parse-filter.js';
import type { ValueName } from '../ingest/batch-tally.js';
import { metric } from '../metric/catalogue.js';
import { isGiven } from '../json-shape.js';
import type { MetricDefinition } from '../metric/define-metric.js';
import type { MetricParameter } from '../metric/parameter.js';
import type { CanonicalParams, CanonicalRequest } from '../request/canonical-request.js';
import { breakdownOf, type CanonicalBreakdown } from '../series/breakdown.js';

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
    ...Object.entries(parameters).map(([name, parameter]) => ofSelectorParameter(parameter, params[name])),
    { events: [], keys: excludes ? ofFilter('trait', null, excludes) : [] },
    birth?.kind === 'first_event' ? ofSelector(birth) : NONE,
    { events: [], keys: ofBreakdown(breakdown, params.event) },
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

function ofSelectorParameter({ isSelector }: MetricParameter, value: unknown): RequestedNames {
  return isSelector && isGiven(value) ? ofSelector(parseEventSelector(value, '')) : NONE;
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

function ofBreakdown(
  breakdown: readonly CanonicalBreakdown[],
  events: readonly string[] | null,
): readonly RequestedKey[] {
  const by = breakdownOf(breakdown);
  if (by === null) return [];
  return [{ subject: by.of, events: by.of === 'trait' ? null : events, name: by.name, types: null }];
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
  if (comparesNumbers(test)) return ['number'];
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
