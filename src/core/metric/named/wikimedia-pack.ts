import { invalid, pointerTo } from '../../failure.js';
import { isGiven, isObject, parseObject, quoted, refuseUnknownKeys } from '../../json-shape.js';
import type { JsonValue } from '../../json.js';
import type { PackEntry } from './pack-entry.js';
import { Problems } from '../../problems.js';
import { parseText, textProblem } from '../../text.js';

/** What the events of a wiki are called where it sends none other: an edit, a block, a click on the edit button. */
const EVENTS = { edit: 'edit', block: 'block', edit_click: 'edit_click' } as const;

/**
 * Properties: of an edit the change in bytes, the page's namespace and id, the revision before it (0: none) and the
 * hash of its text; of a block its length.
 */
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

/**
 * The body of POST .../presets/wikimedia; what is not given has the name above, and namespaces are [0]. 422:
 * `invalid_field`, `unknown_field`.
 */
export function parseWikiMapping(body: unknown): WikiMapping {
  const given = parseObject(body ?? {}, 'A mapping');
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
  const parsed: Partial<Record<K, string>> = {};
  for (const key in names) {
    const name = isObject(given) && isGiven(given[key]) ? given[key] : names[key];
    const parse = (): string => parseText(name, { min: 1, max: 200 }, pointerTo(pointer, key), `The name of ${what}`);
    problems.take(() => (parsed[key] = parse()));
  }
  problems.throwIfAny();
  return { ...names, ...parsed };
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

/** Namespaces that `namespace_edits` always counts. */
const COUNTED_NAMESPACES = [-2, -1, ...Array.from({ length: 16 }, (_, i) => i), 100, 101, 108, 109];

/**
 * The metrics of Wikimedia's UserMetrics and of Wikimetrics, by their names; where a built-in has that name already,
 * `wikimedia_` stands before it. Each is what its ancestor was meant to be: the window is the request's, half-open;
 * parameters of the ancestor stay open, with the ancestor's default.
 */
export function wikimediaPack({ events, properties, namespaces }: WikiMapping): readonly PackEntry[] {
  const { edit, block, edit_click } = events;
  const { bytes, namespace, page_id, parent_id, sha1, duration } = properties;
  const where: JsonValue = namespaces && { property: namespace, in: namespaces };
  const creates = { property: parent_id, eq: 0 };
  return [
    {
      name: 'bytes_added',
      title: 'Bytes added',
      description: 'What the edits of each user add to pages and take from them, in bytes, and how many they are.',
      metric: 'value_sum',
      fixed: { event: edit, value: bytes },
      defaults: { where },
    },
    {
      name: 'edit_count',
      title: 'Edits',
      description: 'How many edits each user makes.',
      metric: 'event_count',
      fixed: { event: edit },
      defaults: { where },
    },
    {
      name: 'edit_rate',
      title: 'Edit rate',
      description: 'How many edits each user makes per hour, or per another unit of time.',
      metric: 'event_rate',
      fixed: { event: edit },
      defaults: { unit: 'PT1H', unit_count: 1, where },
    },
    {
      name: 'namespace_edits',
      title: 'Edits by namespace',
      description: 'How many edits each user makes in each namespace.',
      metric: 'count_by',
      fixed: { event: edit, property: namespace },
      defaults: { values: COUNTED_NAMESPACES },
    },
    {
      name: 'wikimedia_threshold',
      title: 'Threshold',
      description: 'Whether each user makes n edits within t of birth, and when the n-th.',
      metric: 'threshold',
      fixed: { event: edit },
      defaults: { n: 1, t: 'PT24H', where },
    },
    {
      name: 'wikimedia_time_to_threshold',
      title: 'Time to threshold',
      description: 'How many minutes each user takes from birth to the first edit, or from one edit to another.',
      metric: 'time_to_threshold',
      fixed: { event: edit },
      defaults: { first: 'birth', threshold: 1, unit: 'PT1M', where },
    },
    {
      name: 'wikimedia_survival',
      title: 'Survival',
      description: 'Whether each user still edits when t has passed since birth.',
      metric: 'survival',
      fixed: { event: edit },
      defaults: { n: 1, t: 'PT24H', sunset: null, where },
    },
    {
      name: 'live_account',
      title: 'Live account',
      description: 'Whether each user clicks the edit button within t of birth, and when first.',
      metric: 'threshold',
      fixed: { event: edit_click, n: 1 },
      defaults: { t: 'PT24H', where },
    },
    {
      name: 'blocks',
      title: 'Blocks',
      description:
        'Whether each user is blocked, how often, and when first and last. An indefinite block, a ban, does not count.',
      metric: 'occurrence',
      fixed: { event: block, where: { not: { property: duration, contains: 'indefinite' } } },
      defaults: {},
    },
    {
      name: 'revert_rate',
      title: 'Revert rate',
      description: 'Which part of the edits of each user is reverted by others.',
      metric: 'reversal_rate',
      fixed: { event: edit, object: page_id, content: sha1 },
      defaults: { look_ahead: 15, look_back: 15, ignore_self: true, where },
    },
    {
      name: 'pages_created',
      title: 'Pages created',
      description: 'How many pages each user creates: edits without a revision before them.',
      metric: 'event_count',
      fixed: { event: edit, where: where ? { and: [creates, where] } : creates },
      defaults: {},
    },
    {
      name: 'pages_edited',
      title: 'Pages edited',
      description: 'How many different pages each user edits; the aggregator `distinct` counts each page once for all.',
      metric: 'distinct_count',
      fixed: { event: edit, property: page_id },
      defaults: {},
    },
  ];
}
