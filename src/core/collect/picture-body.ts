import { invalidParameter } from '../failure.js';
import { OF_ACCOUNTS } from './sent-event.js';
import { formatInstant } from '../time/instant.js';

/** What the address of the picture says; absent: nothing. */
export interface PictureQuery {
  readonly event?: string;
  readonly url?: string;
  readonly referrer?: string;
  readonly title?: string;
  readonly user?: string;
  readonly properties?: string;
}

/**
 * The body that says the same as the address of the picture. `page`: the one that shows it, null where its browser says
 * none.
 * @throws Failure invalid_parameter
 */
export function pictureBody(query: PictureQuery, page: string | null, receivedMs: number): object {
  const { event = '$page', referrer, title, user } = query;
  // An address in a page that is not the property's own would do.
  if (Object.hasOwn(OF_ACCOUNTS, event)) throw invalidParameter('event', `${event} is sent by POST /v1/collect alone.`);
  const url = query.url ?? page;
  const properties = {
    ...(url !== null && { $url: url }),
    ...(referrer !== undefined && { $referrer: referrer }),
    ...(title !== undefined && { $title: title }),
    ...parseProperties(query.properties),
  };
  return {
    context: { entry: { url, referrer } },
    events: [{ event, time: formatInstant(receivedMs), user, properties }],
  };
}

/** Of values that are judged with the event. */
function parseProperties(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw invalidParameter('properties', 'properties must be a JSON object such as {"issue": "12"}, percent-encoded.');
}
