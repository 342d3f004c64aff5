import { hostOfUrl } from './clean-url.js';
import { CLICK_IDS, SECOND_LEVEL, SOURCES_BY_HOST, type SourceName } from './source-table.js';

/** By which way a session came: properties of each of its events. Absent ones are not known. */
export interface FirstTouch {
  readonly $referrer_host?: string;
  readonly $source?: string;
  readonly $medium?: string;
  readonly $campaign?: string;
  readonly $term?: string;
  readonly $content?: string;
}

/** The page by which a session began, as it was sent. */
export interface Entry {
  readonly url: string | null;
  readonly referrer: string | null;
}

/** Longer ones are cut: nobody groups by them. */
const MAX_CHARACTERS = 500;
const DIRECT: SourceName = { source: 'direct', medium: 'none' };
/** More parameters than any page has. */
const MAX_QUERY = 16_384;

/**
 * What an entry tells of where its visitor came from: `utm_` parameters, else a click id, else the referrer, where it is
 * another host. One with a source and without a medium takes the medium from what comes next of these.
 */
export function firstTouchOf({ url, referrer }: Entry): FirstTouch {
  const query = new URLSearchParams(queryOf(url ?? ''));
  const utm = (name: string): string | undefined => cut(query.get(`utm_${name}`));
  const host = externalHost(url, referrer);
  const found = clickOf(query) ?? (host === null ? DIRECT : sourceOfHost(host));
  const source = utm('source');
  const [campaign, term, content] = [utm('campaign'), utm('term'), utm('content')];
  const medium = utm('medium') ?? (source === undefined || found !== DIRECT ? found.medium : undefined);
  return {
    ...(host !== null && { $referrer_host: host }),
    $source: source ?? found.source,
    ...(medium !== undefined && { $medium: medium }),
    ...(campaign !== undefined && { $campaign: campaign }),
    ...(term !== undefined && { $term: term }),
    ...(content !== undefined && { $content: content }),
  };
}

/** What the host of a referrer is called. */
export function sourceOfHost(host: string): SourceName {
  const labels = host.split('.');
  for (let first = 0; first < labels.length - 1; first++) {
    const found = SOURCES_BY_HOST.get(labels.slice(first).join('.')) ?? wildcardOf(labels.slice(first));
    if (found !== undefined) return found;
  }
  return { source: host.replace(/^www\./, ''), medium: 'referral' };
}

function wildcardOf([name = '', ...below]: readonly string[]): SourceName | undefined {
  const isRegistry = below.length === 1 || (below.length === 2 && SECOND_LEVEL.has(below[0] ?? ''));
  return isRegistry ? SOURCES_BY_HOST.get(`${name}.*`) : undefined;
}

function clickOf(query: URLSearchParams): SourceName | null {
  for (const name of query.keys()) if (Object.hasOwn(CLICK_IDS, name)) return CLICK_IDS[name] ?? null;
  return null;
}

/** The referrer's host, where it is not the page's own. */
function externalHost(url: string | null, referrer: string | null): string | null {
  const host = referrer === null ? null : hostOfUrl(referrer);
  return host === null || host === hostOfUrl(url ?? '') ? null : host.slice(0, MAX_CHARACTERS);
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : (url.slice(at, at + MAX_QUERY).split('#', 1)[0] ?? '');
}

function cut(text: string | null): string | undefined {
  const value = text?.trim().toWellFormed().replaceAll('\0', '') ?? '';
  return value === ''
    ? undefined
    : Array.from(value.slice(0, 2 * MAX_CHARACTERS))
        .slice(0, MAX_CHARACTERS)
        .join('');
}
