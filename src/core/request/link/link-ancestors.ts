import { quoted } from '../../json-shape.js';
import type { MetricDefinition } from '../../metric/define-metric.js';
import type { LinkBody } from './link-body.js';
import { durationOf, instantOf, wrongParameter } from './link-values.js';

type Query = ReadonlyMap<string, string>;

/**
 * Parameters of UserMetrics that are read together; `n` and, of some metrics, `t` are parameters of the metric,
 * `aggregator` stands for itself.
 */
export const ANCESTOR_NAMES = ['start', 'end', 't', 'group', 'slice', 'time_series'] as const;

/** How long a user is measured, and how long a slice is, where the ancestor's link does not say it. */
const DAY = 'PT24H';

/**
 * The ancestor's window: of `group=reg`, its default, `start` to `end` are the births and each user is measured for
 * `t`; of `group=activity` they are the window of all. Half-open here. 400 where something is missing or does not go
 * with the rest.
 */
export function parseAncestorWindow(body: LinkBody, query: Query, definition: MetricDefinition): void {
  const speaker = ['group', 'start', 'end'].find((name) => query.has(name));
  const isOfMetric = Object.hasOwn(definition.parameters, 't');
  const t = isOfMetric ? undefined : query.get('t');
  const group = speaker === undefined ? undefined : groupOf(query);
  if (group === 'activity' && t !== undefined) throw lengthOfActivity();
  if (t !== undefined) body.set(['window', 'length'], durationOf('t', t), 't');
  if (speaker === undefined) return;
  body.set(['window', 'kind'], group === 'activity' ? 'fixed' : 'since_birth', speaker);
  if (group === 'activity') return sayFixed(body, query);
  for (const [name, end] of ENDS) {
    const text = query.get(name);
    if (text !== undefined) body.set(['window', 'births', end], instantOf(text), name);
  }
  if (query.has('group')) body.set(['birth', 'kind'], 'registration', 'group');
  if (!isOfMetric) body.imply(['window', 'length'], DAY);
}

/** The ancestor's series: slices of `slice`, by birth of `group=reg`, else by the time of events. */
export function parseAncestorSeries(body: LinkBody, query: Query): void {
  const [slice, flag] = [query.get('slice'), query.get('time_series')];
  if (flag === undefined && slice === undefined) return;
  if (flag === undefined) throw wrongParameter('slice', '"slice" cuts a series: give time_series=true too.');
  if (flag !== '' && flag !== 'true') {
    throw wrongParameter('time_series', `"time_series" is true, or left out; not ${quoted(flag)}.`);
  }
  const speaker = slice === undefined ? 'time_series' : 'slice';
  body.set(['series', 'interval'], durationOf(speaker, slice ?? DAY), speaker);
}

const ENDS = [
  ['start', 'from'],
  ['end', 'to'],
] as const;

function groupOf(query: Query): 'reg' | 'activity' {
  const group = query.get('group') ?? 'reg';
  if (group === 'reg' || group === 'activity') return group;
  const detail = `"group" is reg (each user from registration, of those registered from start to end) or activity (all from start to end), not ${quoted(group)}.`;
  throw wrongParameter('group', detail);
}

function sayFixed(body: LinkBody, query: Query): void {
  for (const [name, end] of ENDS) {
    const text = query.get(name);
    if (text === undefined) throw wrongParameter(name, `group=activity needs start and end; "${name}" is not given.`);
    body.set(['window', end], instantOf(text), name);
  }
}

function lengthOfActivity(): Error {
  const detail =
    't is how long each user is measured from registration; group=activity measures all from start to end.';
  return wrongParameter('t', detail, ['group']);
}
