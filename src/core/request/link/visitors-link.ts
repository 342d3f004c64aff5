import { OCCURRENCE } from '../../metric/occurrence.js';
import { BREAKDOWN_TEXT } from '../../series/breakdown.js';
import { LinkBody } from './link-body.js';
import { asLinkFailure, type LinkedRequest } from './link-request.js';
import { instantOf, parseJsonText, parseListText } from './link-values.js';

/** How many visitors there are: the parameters of the link, each once, as they are written. */
export interface VisitorsQuery {
  /** Names with commas between them; not given: any event. */
  readonly event?: string;
  /** A filter on their properties, as JSON. */
  readonly where?: string;
  /** What they are divided by: a property, or as in a breakdown `trait:country`. */
  readonly by?: string;
  /** How many of the largest groups. */
  readonly top?: string;
  readonly interval?: string;
  readonly from: string;
  readonly to: string;
  readonly time_zone?: string;
  readonly as_of?: string;
  readonly cache?: string;
}

/**
 * The request that tells how many users had such an event, by period and by group: who occurred, of everybody, and
 * nothing about single users. 400 `invalid_parameter` for what cannot be read.
 */
export function visitorsRequest(query: VisitorsQuery): LinkedRequest {
  const body = new LinkBody();
  body.set(['cohort'], { all: true }, 'event');
  body.set(['metric'], OCCURRENCE.id, 'event');
  body.set(['aggregators'], ['proportion'], 'event');
  body.set(['window', 'kind'], 'fixed', 'from');
  body.set(['window', 'from'], instantOf(query.from), 'from');
  body.set(['window', 'to'], instantOf(query.to), 'to');
  body.set(['series', 'interval'], query.interval ?? 'day', 'interval');
  body.set(['series', 'by'], 'event_time', 'interval');
  if (query.event !== undefined) body.set(['params', 'event'], parseListText('event', query.event), 'event');
  if (query.where !== undefined) body.set(['params', 'where'], parseJsonText('where', query.where), 'where');
  const by = query.by === undefined ? null : groupsOf(query.by, query.top);
  if (by !== null) body.set(['breakdown'], [by], 'by');
  else if (query.top !== undefined) body.set(['breakdown'], [{ top: query.top }], 'top');
  for (const name of ['time_zone', 'cache'] as const) {
    if (query[name] !== undefined) body.set([name], query[name], name);
  }
  if (query.as_of !== undefined) body.set(['as_of'], instantOf(query.as_of), 'as_of');
  return { body: body.value, asLinkFailure: (failure) => asLinkFailure(body, failure) };
}

/** A name alone is that of a property of the events. */
function groupsOf(by: string, top: string | undefined): unknown {
  const [, subject = 'property', name = by] = BREAKDOWN_TEXT.exec(by) ?? [];
  if (top === undefined) return `${subject}:${name}`;
  return { [subject]: name, top: /^\d{1,9}$/.test(top) ? Number(top) : top };
}
