import type { PackEntry } from './pack-entry.js';

/**
 * What is asked of the statistics, states, timers and sequences of applications. Which one, a request says by `where`:
 * `{"property": "name", "eq": "runs"}`.
 */
export const TRACKABLES_PACK: readonly PackEntry[] = [
  {
    name: 'statistic_total',
    title: 'Total of a statistic',
    description: 'The running total that each user had last, and how often it changed; one statistic by `where`.',
    metric: 'last_value',
    fixed: { event: '$statistic', value: 'value', type: 'number' },
    defaults: { where: null, pick: 'last' },
  },
  {
    name: 'statistic_added',
    title: 'Added to a statistic',
    description: 'What each user adds to a statistic in the window (`net`); one statistic by `where`.',
    metric: 'value_sum',
    fixed: { event: '$statistic', value: 'change' },
    defaults: { where: null },
  },
  {
    name: 'current_state',
    title: 'State',
    description: 'The state that each user was in last: `count_by_value` counts users by state; one by `where`.',
    metric: 'last_value',
    fixed: { event: '$state', value: 'state', type: 'text' },
    defaults: { where: null, pick: 'last' },
  },
  {
    name: 'timer_total',
    title: 'Total of a timer',
    description: 'The seconds that a timer of each user had come to last; one timer by `where`.',
    metric: 'last_value',
    fixed: { event: '$timer', value: 'total', type: 'number' },
    defaults: { where: null, pick: 'last' },
  },
  {
    name: 'timer_seconds',
    title: 'Time of a timer',
    description: 'For how many seconds a timer of each user runs in the window (`net`); one timer by `where`.',
    metric: 'value_sum',
    fixed: { event: '$timer', value: 'seconds' },
    defaults: { where: null },
  },
  {
    name: 'sequence_completions',
    title: 'Completions of a sequence',
    description: 'How often each user reaches all checkpoints of a sequence in order; one sequence by `where`.',
    metric: 'event_count',
    fixed: { event: '$sequence' },
    defaults: { where: null },
  },
  {
    name: 'checkpoints',
    title: 'Checkpoints',
    description: 'How often each user reaches each checkpoint of a sequence; one sequence by `where`.',
    metric: 'count_by',
    fixed: { event: '$checkpoint', property: 'checkpoint' },
    defaults: { where: null },
  },
];
