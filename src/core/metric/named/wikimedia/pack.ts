import type { JsonValue } from '../../../json.js';
import type { WikiMapping } from './mapping.js';

/** The body that makes a metric of the pack. */
export interface PackEntry {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly metric: string;
  readonly fixed: Readonly<Record<string, JsonValue>>;
  readonly defaults: Readonly<Record<string, JsonValue>>;
}

/** Namespaces that `namespace_edits` always tells. */
const COUNTED_NAMESPACES = [-2, -1, ...Array.from({ length: 16 }, (_, i) => i), 100, 101, 108, 109];

/**
 * The metrics of Wikimedia's UserMetrics and of Wikimetrics, by their names; where a built-in has that name already, `wikimedia_` stands before it. Each is what
 * its ancestor was meant to be: the window is the request's, half-open; what could be asked for stays open, with the ancestor's default.
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
