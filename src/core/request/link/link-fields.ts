import { isObject, quoted } from '../../json-shape.js';
import { instantOf, parseJsonText, parseListText, wrongParameter } from './link-values.js';
import type { LinkBody } from './link-body.js';

type Field = (body: LinkBody, text: string, parameter: string) => void;

/** A field of the body that is a text. */
function textAt(...path: string[]): Field {
  return (body, text, parameter) => body.set(path, text, parameter);
}

function instantAt(...path: string[]): Field {
  return (body, text, parameter) => body.set(path, instantOf(text), parameter);
}

function listAt(...path: string[]): Field {
  return (body, text, parameter) => body.set(path, parseListText(parameter, text), parameter);
}

/** A whole number; what is none stays a text, for the request to refuse. */
function numberAt(...path: string[]): Field {
  return (body, text, parameter) => body.set(path, /^\d{1,16}$/.test(text) ? Number(text) : text, parameter);
}

/** A field with parts: as JSON the whole of it, else what `short` makes of the text. */
function wholeAt(field: string, short: Field): Field {
  return (body, text, parameter) => {
    if (!text.startsWith('{')) return short(body, text, parameter);
    body.set([field], parseJsonText(parameter, text), parameter);
  };
}

/** `P30D` is since birth, `1997-01-01/1997-02-01` fixed. */
const WINDOW: Field = (body, text, parameter) => {
  if (!text.includes('/')) {
    body.set(['window', 'kind'], 'since_birth', parameter);
    return body.set(['window', 'length'], text, parameter);
  }
  const { from, to } = interval(parameter, text);
  if (from === '' || to === '') throw openInterval(parameter, text);
  body.set(['window', 'kind'], 'fixed', parameter);
  body.set(['window', 'from'], instantOf(from), parameter);
  body.set(['window', 'to'], instantOf(to), parameter);
};

const BIRTHS: Field = (body, text, parameter) => {
  const { from, to } = interval(parameter, text);
  if (from !== '') body.set(['window', 'births', 'from'], instantOf(from), parameter);
  if (to !== '') body.set(['window', 'births', 'to'], instantOf(to), parameter);
};

const BIRTH_WHERE: Field = (body, text, parameter) =>
  body.set(['birth', 'where'], parseJsonText(parameter, text), parameter);

/** What the ancestor's aggregators are here. */
const AGGREGATORS_OF_OLD: Readonly<Record<string, readonly string[]>> = {
  average: ['mean'],
  dist: ['sum', 'mean', 'std', 'median', 'min', 'max'],
  stats: ['sum', 'mean'],
};

const AGGREGATOR: Field = (body, text, parameter) =>
  body.set(['aggregators'], Object.hasOwn(AGGREGATORS_OF_OLD, text) ? AGGREGATORS_OF_OLD[text] : [text], parameter);

/**
 * The parameters of a link that set a field of the request by themselves. Beside them there are those of the metric and
 * of the ancestor.
 */
export const LINK_FIELDS: Readonly<Record<string, Field>> = {
  window: wholeAt('window', WINDOW),
  'window.kind': textAt('window', 'kind'),
  'window.length': textAt('window', 'length'),
  'window.offset': textAt('window', 'offset'),
  'window.age': textAt('window', 'age'),
  'window.from': instantAt('window', 'from'),
  'window.to': instantAt('window', 'to'),
  births: BIRTHS,
  birth: wholeAt('birth', textAt('birth', 'kind')),
  'birth.event': listAt('birth', 'event'),
  'birth.where': BIRTH_WHERE,
  aggregators: listAt('aggregators'),
  aggregator: AGGREGATOR,
  series: wholeAt('series', textAt('series', 'interval')),
  'series.by': textAt('series', 'by'),
  'series.age': textAt('series', 'age'),
  age: textAt('series', 'age'),
  breakdown: listAt('breakdown'),
  time_zone: textAt('time_zone'),
  week_start: textAt('week_start'),
  as_of: instantAt('as_of'),
  cache: textAt('cache'),
  min_seq: numberAt('min_seq'),
  priority: textAt('priority'),
};

/** Fills in what the given parts leave no doubt of: the kind of a window or a birth, by what a series is cut. */
export function implyKinds(body: LinkBody): void {
  const isFixed = body.has('window', 'from') || body.has('window', 'to');
  if (isObject(body.get('window'))) body.imply(['window', 'kind'], isFixed ? 'fixed' : 'since_birth');
  if (isObject(body.get('birth'))) body.imply(['birth', 'kind'], 'first_event');
  if (!isObject(body.get('series'))) return;
  body.imply(['series', 'by'], body.get('window', 'kind') === 'fixed' ? 'event_time' : 'birth');
}

function interval(parameter: string, text: string): { from: string; to: string } {
  const [from, to, more] = text.split('/');
  if (from === undefined || to === undefined || more !== undefined || from + to === '') {
    throw openInterval(parameter, text);
  }
  return { from, to };
}

function openInterval(parameter: string, text: string): Error {
  const [right, open] =
    parameter === 'births'
      ? ['1997-01-01/1997-02-01', '; either end may be left open, as in 1997-01-01/']
      : ['P30D or 1997-01-01/1997-02-01', ''];
  return wrongParameter(parameter, `${quoted(parameter)} is written as ${right}${open}; not as ${quoted(text)}.`);
}
