/** What is wrong, the body, the code and the pointer of its problem. */
export const REFUSED_BATCHES: readonly (readonly [string, unknown, string, string])[] = [
  ['a list', [], 'invalid_field', ''],
  ['no id', { counts: [] }, 'invalid_field', '/batch'],
  ['an unknown field', { batch: 'b', count: [] }, 'unknown_field', '/count'],
  ['counts that are no list', { batch: 'b', counts: {} }, 'invalid_field', '/counts'],
  [
    'a negative count',
    { batch: 'b', counts: [{ event: 'x', category: 'p', count: -1 }] },
    'invalid_field',
    '/counts/0/count',
  ],
  [
    'a fraction',
    { batch: 'b', counts: [{ event: 'x', category: 'p', count: 1.5 }] },
    'invalid_field',
    '/counts/0/count',
  ],
  ['no count', { batch: 'b', counts: [{ event: 'x', category: 'p' }] }, 'invalid_field', '/counts/0/count'],
  ['no event', { batch: 'b', counts: [{ category: 'p', count: 1 }] }, 'invalid_field', '/counts/0/event'],
  [
    'no category',
    { batch: 'b', counts: [{ event: 'x', category: '', count: 1 }] },
    'invalid_field',
    '/counts/0/category',
  ],
  [
    'a reserved category',
    { batch: 'b', counts: [{ event: 'x', category: 'seen', count: 1 }] },
    'invalid_field',
    '/counts/0/category',
  ],
  [
    'the future',
    { batch: 'b', counts: [{ event: 'x', category: 'p', count: 1, at: '2100-01-01' }] },
    'invalid_time',
    '/counts/0/at',
  ],
  ['no time', { batch: 'b', from: 'yesterday' }, 'invalid_time', '/from'],
  ['neither id nor ip', { batch: 'b', seen: [{ category: 'v' }] }, 'invalid_field', '/seen/0'],
  ['both id and ip', { batch: 'b', seen: [{ category: 'v', id: '1', ip: '::1' }] }, 'invalid_field', '/seen/0'],
  ['an empty id', { batch: 'b', seen: [{ category: 'v', id: '' }] }, 'invalid_field', '/seen/0/id'],
  ['no address', { batch: 'b', seen: [{ category: 'v', ip: 'secret-host' }] }, 'invalid_field', '/seen/0/ip'],
  ['an id that is no object', { batch: 'b', seen: ['secret-host'] }, 'invalid_field', '/seen/0'],
  ['an id that is no list', { batch: 'b', seen: 'secret-host' }, 'invalid_field', '/seen'],
  ['an id as a field', { batch: 'b', seen: [{ category: 'v', 'secret-host': 1 }] }, 'unknown_field', '/seen/0'],
  [
    'an id as a time',
    { batch: 'b', seen: [{ category: 'v', id: '1', at: 'secret-host' }] },
    'invalid_time',
    '/seen/0/at',
  ],
  [
    'an id as a category',
    { batch: 'b', seen: [{ category: 'secret-host'.repeat(9), id: '1' }] },
    'invalid_field',
    '/seen/0/category',
  ],
  [
    'an id of the future',
    { batch: 'b', seen: [{ category: 'v', id: 'secret-host', at: '2100-01-01' }] },
    'invalid_time',
    '/seen/0/at',
  ],
  ['a mark without a name', { batch: 'b', marks: [{ category: 'v' }] }, 'invalid_field', '/marks/0/event'],
];

/** Settings that are refused, and the pointer of the problem. */
export const REFUSED_SETTINGS: readonly (readonly [object, string])[] = [
  [{ base: 'PT59M' }, '/base'],
  [{ base: 'PT25H' }, '/base'],
  [{ base: 'PT1H0.5S' }, '/base'],
  [{ anonymise: 'none' }, '/anonymise'],
  [{ base_days: 0 }, '/base_days'],
  [{ days: 1.5 }, '/days'],
  [{ event_months: '3' }, '/event_months'],
  [{ months: 1201 }, '/months'],
  [{ keep: 1 }, '/keep'],
];
