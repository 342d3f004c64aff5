/** What of URLs is kept. */
export interface UrlRules {
  /** Names of query parameters. */
  readonly queryParameters: ReadonlySet<string>;
  /** Whether a fragment that begins with `#/` or `#!/` is kept, as it is a page. */
  readonly hashRoutes: boolean;
}

/** Parsers of URLs take these out wherever they stand (WHATWG URL 4.4), also within a scheme. */
const TAKEN_OUT = /[\t\n\r]/g;
/** Browsers pass over control characters and blanks before a URL: all that comes before `!`. */
const SCHEME = /^[^!-\uffff]*([a-z][a-z0-9+.-]*):/i;
const ROUTE = /^#!?\//;
const AFTER_SCHEME = '://';
const OF_SCHEME = /[a-z0-9+.-]/i;
const LETTER = /[a-z]/i;
/** What a sentence goes on with after a URL is no part of it. */
const AFTER_URL = /[\s"'<>\\^`{|}]/g;

/**
 * A URL without what nobody has allowed: fragment, query parameters, user name and password. Of a URL that is no `http` or
 * `https` one the scheme alone is left, as it may be an address or hold data. Paths and URLs without a scheme keep their
 * form.
 */
export function cleanUrl(written: string, rules: UrlRules): string {
  const text = written.replace(TAKEN_OUT, '');
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return cleanPath(withoutUser(text.trimStart()), rules);
  if ((scheme !== 'http' && scheme !== 'https') || !URL.canParse(text)) return `${scheme}:`;
  const { protocol, host, pathname, search, hash } = new URL(text);
  return `${protocol}//${host}${pathname}${keptQuery(search, rules)}${keptFragment(hash, rules)}`;
}

/** A text with the URLs in it cleaned. Looks at each character twice at most, whatever the text. */
export function cleanText(text: string, rules: UrlRules): string {
  let cleaned = '';
  let done = 0;
  for (let mark = text.indexOf(AFTER_SCHEME); mark >= 0; mark = text.indexOf(AFTER_SCHEME, mark + 1)) {
    const start = startOfScheme(text, done, mark);
    if (start === mark) continue;
    const end = endOfUrl(text, mark + AFTER_SCHEME.length);
    if (end === mark + AFTER_SCHEME.length) continue;
    cleaned += text.slice(done, start) + cleanUrl(text.slice(start, end), rules);
    done = end;
    mark = end - 1;
  }
  return done === 0 ? text : cleaned + text.slice(done);
}

/** The path of a URL; null: it has none, as it is no `http` or `https` one. */
export function pathOfUrl(url: string): string | null {
  return /^https?:/.test(url) && URL.canParse(url) ? new URL(url).pathname : null;
}

/** The name of the host of a URL; null: it has none. */
export function hostOfUrl(url: string): string | null {
  return /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).hostname : null;
}

/** Where the scheme before the mark begins, at `from` or after it; the mark: there is none. */
function startOfScheme(text: string, from: number, mark: number): number {
  let start = mark;
  for (let at = mark - 1; at >= from && OF_SCHEME.test(text.charAt(at)); at--) {
    if (LETTER.test(text.charAt(at))) start = at;
  }
  return start;
}

function endOfUrl(text: string, from: number): number {
  AFTER_URL.lastIndex = from;
  return AFTER_URL.exec(text)?.index ?? text.length;
}

function cleanPath(text: string, rules: UrlRules): string {
  const at = text.search(/[?#]/);
  if (at < 0) return text;
  const [query, fragment] = splitAt(text.slice(at), '#');
  return `${text.slice(0, at)}${keptQuery(query, rules)}${keptFragment(fragment, rules)}`;
}

/** `//user:password@host/path`, which takes the scheme of its page; browsers read `\` as `/` there. */
function withoutUser(text: string): string {
  return text.replace(/^[/\\]{2}(?:[^/\\?#]*@)?/, '//');
}

/** `?` and the allowed parameters as they were written; empty where there is none. */
function keptQuery(search: string, { queryParameters }: UrlRules): string {
  if (search.length < 2 || queryParameters.size === 0) return '';
  const kept = search
    .slice(1)
    .split('&')
    .filter((pair) => queryParameters.has(nameOf(pair)));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

function keptFragment(hash: string, rules: UrlRules): string {
  if (!rules.hashRoutes || !ROUTE.test(hash)) return '';
  const [path, query] = splitAt(hash, '?');
  return path + keptQuery(query, rules);
}

function nameOf(pair: string): string {
  const [name] = splitAt(pair, '=');
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

/** The text before the mark, and from it on. */
function splitAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}
