import { invalid, pointerTo } from '../../../failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys } from '../../../json-shape.js';
import { Problems } from '../../../problems.js';
import { parseText, textProblem } from '../../../text.js';

/** What the events of a wiki are called where it sends none other: an edit, a block, a click on the edit button. */
const EVENTS = { edit: 'edit', block: 'block', edit_click: 'edit_click' } as const;

/** Properties: of an edit the change in bytes, the page's namespace and id, the revision before it (0: none) and the hash of its text; of a block its length. */
const PROPERTIES = {
  bytes: 'bytes',
  namespace: 'namespace',
  page_id: 'page_id',
  parent_id: 'parent_id',
  sha1: 'sha1',
  duration: 'duration',
} as const;

const MAX_NAMESPACES = 1_000;

/** How a wiki calls what the metrics of the pack look at. */
export interface WikiMapping {
  readonly events: Readonly<Record<keyof typeof EVENTS, string>>;
  readonly properties: Readonly<Record<keyof typeof PROPERTIES, string>>;
  /** Null: all. */
  readonly namespaces: readonly (number | string)[] | null;
}

/** The body of POST .../presets/wikimedia; what is not given has the name above, and namespaces are [0]. 422: `invalid_field`, `unknown_field`. */
export function parseWikiMapping(body: unknown): WikiMapping {
  const given = body ?? {};
  if (!isObject(given)) throw invalid('invalid_field', '', `A mapping is a JSON object, not ${quoted(given)}.`);
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(given, ['events', 'properties', 'namespaces'], '', 'A mapping'));
  const events = problems.take(() => parseNames(EVENTS, given['events'], '/events', 'an event')) ?? EVENTS;
  const properties =
    problems.take(() => parseNames(PROPERTIES, given['properties'], '/properties', 'a property')) ?? PROPERTIES;
  const namespaces = problems.take(() => parseNamespaces(given['namespaces'], '/namespaces')) ?? null;
  problems.throwIfAny();
  return { events, properties, namespaces };
}

function parseNames<K extends string>(
  names: Readonly<Record<K, string>>,
  value: unknown,
  pointer: string,
  what: string,
): Record<K, string> {
  if (isGiven(value) && !isObject(value)) {
    throw invalid('invalid_field', pointer, `Give names as ${JSON.stringify(names)}, not ${quoted(value)}.`);
  }
  const given = value ?? {};
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(given, Object.keys(names), pointer, `\`${pointer.slice(1)}\``));
  const entries = (Object.keys(names) as K[]).map((key): [K, string] => {
    const name = isObject(given) && isGiven(given[key]) ? given[key] : names[key];
    const parsed = problems.take(() =>
      parseText(name, { min: 1, max: 200 }, pointerTo(pointer, key), `The name of ${what}`),
    );
    return [key, parsed ?? ''];
  });
  problems.throwIfAny();
  return Object.fromEntries(entries) as Record<K, string>;
}

function parseNamespaces(value: unknown, pointer: string): WikiMapping['namespaces'] {
  if (!isGiven(value)) return [0];
  if (value === 'all') return null;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_NAMESPACES) {
    const detail = `Give the namespaces that count as a list of 1 to ${MAX_NAMESPACES} values such as [0, 1], or "all", not ${quoted(value)}.`;
    throw invalid('invalid_field', pointer, detail);
  }
  const problems = new Problems();
  const namespaces = problems.takeEach(value, (item: unknown, i) => parseNamespace(item, pointerTo(pointer, i)));
  problems.throwIfAny();
  return namespaces;
}

function parseNamespace(value: unknown, pointer: string): number | string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && value.length <= 200 && textProblem(value) === null) return value;
  throw invalid(
    'invalid_field',
    pointer,
    `A namespace is an integer, or a text of at most 200 characters, not ${quoted(value)}.`,
  );
}
