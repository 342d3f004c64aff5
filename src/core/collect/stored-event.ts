import { isGiven, isObject, type JsonObject } from '../json-shape.js';
import { formatInstant } from '../time/instant.js';
import { cleanText, cleanUrl, pathOfUrl } from './clean-url.js';
import type { CollectRules } from './collect-settings.js';
import type { FirstTouch } from './first-touch.js';
import type { SentEvent } from './sent-event.js';

/** Which ids that were sent are kept. */
export interface KeptIds {
  /** `visitor`, `session` and `tab`. */
  readonly own: boolean;
  readonly user: boolean;
}

/** What holds for all events of a body. */
export interface HitFacts {
  readonly rules: CollectRules;
  /** What the server knows of the sender, and what the sender says of itself. */
  readonly properties: Readonly<Record<string, string>>;
  readonly keeps: KeptIds;
}

/** Whose an event is, and of which session. */
export interface Place {
  /** Null: it is not known. */
  readonly visitor: string | null;
  /** The user that was sent, as it was sent, or the visitor. */
  readonly user: unknown;
  readonly session: string;
  readonly touch: FirstTouch;
  /** Null: the event keeps its time. */
  readonly atMs: number | null;
}

const URLS: ReadonlySet<string> = new Set(['$url', '$path', '$referrer']);
/** What a sender may say better than the server: the event's own goes before the context's. */
const OF_SENDER: ReadonlySet<string> = new Set(['$screen', '$language']);
/** What is set here alone. */
const OF_SERVER: ReadonlySet<string> = new Set([
  '$visitor',
  '$session',
  '$tab',
  '$browser',
  '$browser_version',
  '$os',
  '$device',
  '$country',
  '$referrer_host',
  '$source',
  '$medium',
  '$campaign',
  '$term',
  '$content',
  '$clock_shift',
  '$library',
  '$application',
  '$version',
]);
/** All that is kept of the use of an element: what stands in it, or is typed, is not. */
const OF_ELEMENTS: ReadonlySet<string> = new Set([
  '$action',
  '$type',
  '$label',
  '$position',
  '$url',
  '$path',
  '$title',
  ...OF_SENDER,
]);

/** The event as POST events takes it, as JSON. What is wrong with it still is. */
export function storedEvent(sent: SentEvent, { visitor, user, session, touch, atMs }: Place, facts: HitFacts): string {
  const { item, tab, shiftMs } = sent;
  const { rules, keeps } = facts;
  // The error of a clock tells a visitor of one day from others of another day, so it is kept beside his own id alone.
  const isOwn = keeps.own && visitor === sent.visitor;
  const added: Record<string, string | number> = {
    ...facts.properties,
    ...touch,
    ...(visitor !== null && { $visitor: visitor }),
    $session: session,
    ...(tab !== null && keeps.own && { $tab: tab }),
    ...(shiftMs !== 0 && isOwn && { $clock_shift: shiftMs }),
  };
  return JSON.stringify({
    event: item['event'],
    time: timeOf(sent, atMs),
    id: item['id'],
    user,
    properties: propertiesOf(sent, added, rules),
  });
}

function timeOf({ item, atMs: ownMs, shiftMs }: SentEvent, atMs: number | null): unknown {
  if (atMs !== null) return formatInstant(atMs);
  return shiftMs === 0 || Number.isNaN(ownMs) ? item['time'] : formatInstant(ownMs);
}

/** The properties that were sent, cleaned, under those that are added; what is no object is left for the reader. */
function propertiesOf(
  { item, name }: SentEvent,
  added: Readonly<Record<string, string | number>>,
  rules: CollectRules,
): unknown {
  const sent = item['properties'];
  if (isGiven(sent) && !isObject(sent)) return sent;
  // Without a prototype, so that any name is a name.
  const kept = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(sent ?? {})) {
    if (OF_SERVER.has(key) || (name === '$element' && !OF_ELEMENTS.has(key))) continue;
    kept[key] = typeof value === 'string' ? cleaned(key, value, rules) : value;
  }
  addPath(kept);
  for (const [key, value] of Object.entries(added)) if (!OF_SENDER.has(key) || !isGiven(kept[key])) kept[key] = value;
  for (const key of rules.denied) delete kept[key];
  return kept;
}

function addPath(kept: JsonObject & Record<string, unknown>): void {
  const url = kept['$url'];
  if (typeof url !== 'string' || isGiven(kept['$path'])) return;
  const path = pathOfUrl(url);
  if (path !== null) kept['$path'] = path;
}

function cleaned(key: string, value: string, rules: CollectRules): string {
  return URLS.has(key) ? cleanUrl(value, rules) : cleanText(value, rules);
}
