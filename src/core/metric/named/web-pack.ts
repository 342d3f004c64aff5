import type { PackEntry } from './pack-entry.js';

/**
 * What is asked of a web site, over the events that the browser tracker sends. Where a built-in has the name already,
 * `web_` stands before it. By source or campaign: `"breakdown": ["property:$source"]` of the request.
 */
export const WEB_PACK: readonly PackEntry[] = [
  {
    name: 'page_views',
    title: 'Page views',
    description: 'How many pages each visitor sees.',
    metric: 'event_count',
    fixed: { event: '$page' },
    defaults: { where: null },
  },
  {
    name: 'distinct_pages',
    title: 'Different pages',
    description: 'How many different pages each visitor sees; the aggregator `distinct` counts each page once for all.',
    metric: 'distinct_count',
    fixed: { event: '$page', property: '$path' },
    defaults: { where: null },
  },
  {
    name: 'web_sessions',
    title: 'Sessions and bounces',
    description:
      'How many sessions each visitor begins, how long they last, and how many of them have one page or none. A session in which he signs in is one of the visitor and one of the user, each with its own events; GET .../sessions?day= lists it once.',
    metric: 'sessions',
    fixed: { by: '$session', page: { event: '$page' } },
    defaults: { where: null },
  },
  {
    name: 'visible_time',
    title: 'Visible time',
    description: 'For how many milliseconds each visitor has pages before his eyes (`net`).',
    metric: 'value_sum',
    fixed: { event: '$leave', value: '$visible_ms' },
    defaults: { where: null },
  },
  {
    name: 'conversions',
    title: 'Conversions',
    description: 'Which visitors reach a goal, how often, and when first; one goal by `where`.',
    metric: 'occurrence',
    fixed: { event: '$conversion' },
    defaults: { where: null },
  },
  {
    name: 'conversions_by_goal',
    title: 'Conversions by goal',
    description: 'How often each visitor reaches each goal.',
    metric: 'count_by',
    fixed: { event: '$conversion', property: 'goal' },
    defaults: { where: null },
  },
  {
    name: 'conversion_value',
    title: 'Value of conversions',
    description: 'What the conversions of each visitor are worth (`net`); one currency by `where`.',
    metric: 'value_sum',
    fixed: { event: '$conversion', value: 'value' },
    defaults: { where: null },
  },
  {
    name: 'revenue',
    title: 'Revenue',
    description: 'What each visitor orders for (`net`), and how many orders; one currency by `where`.',
    metric: 'value_sum',
    fixed: { event: '$order', value: 'value' },
    defaults: { where: null },
  },
  {
    name: 'interests',
    title: 'Interests',
    description: 'How often each visitor shows an interest, by its category.',
    metric: 'count_by',
    fixed: { event: '$interest', property: 'category' },
    defaults: { where: null },
  },
  {
    name: 'first_source',
    title: 'First source',
    description: 'From where each visitor came first in the window: `count_by_value` counts visitors by source.',
    metric: 'last_value',
    fixed: { event: '$page', value: '$source', type: 'text', pick: 'first' },
    defaults: { where: null },
  },
];
