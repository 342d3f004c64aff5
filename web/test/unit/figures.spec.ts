import { activeTable } from '../../src/figures/active-tables.js';
import { bodyOf, fieldsOf } from '../../src/figures/active-fields.js';
import { dayBefore } from '../../src/figures/day-before.js';
import { durationWords } from '../../src/figures/duration-words.js';
import { forgetPlot, savedPlots, savePlot } from '../../src/figures/plot-store.js';
import { trackableTable } from '../../src/figures/trackable-tables.js';
import { usageTable } from '../../src/figures/usage-tables.js';
import { visitorTable } from '../../src/figures/visitor-tables.js';

describe('a duration in words', () => {
  it.each([
    ['P1D', '1 day'],
    ['P30D', '30 days'],
    ['PT90M', '90 minutes'],
    ['P1DT12H', '1 day 12 hours'],
    ['soon', 'soon'],
  ])('%s is %s', (duration, words) => {
    expect(durationWords(duration)).toBe(words);
  });
});

describe('a day before', () => {
  it('goes by the calendar, over months and leap days', () => {
    expect(dayBefore(new Date(2024, 2, 1, 23, 59), 1)).toBe('2024-02-29');
    expect(dayBefore(new Date(2026, 0, 1), -1)).toBe('2026-01-02');
  });
});

describe('tables of figures', () => {
  it('active users: a row for each slice and window', () => {
    const point = {
      from: '2026-03-01T00:00:00.000Z',
      label: '2026-03-01',
      complete: false,
      connected: null,
      known_users: 9,
      windows: [
        { window: 'P1D', users: 2, new: 1 },
        { window: 'P7D', users: 3, new: 3 },
      ],
    } as never;
    const start = ['2026-03-01T00:00:00.000Z', '2026-03-01'];
    expect(activeTable([point], 'new').rows).toEqual([
      [...start, 'in 1 day', false, 1, 1],
      [...start, 'in 7 days', false, 3, 3],
    ]);
    expect(activeTable([point], 'connected').rows).toEqual([[...start, '', false, null, null]]);
  });

  it('counters: the oldest first, by category without what roll-ups make, or by event of one', () => {
    const period = (day: number, counts: object[]) => ({
      from: `2026-03-0${day}T00:00:00.000Z`,
      to: `2026-03-0${day + 1}T00:00:00.000Z`,
      label: `2026-03-0${day}`,
      counts,
    });
    const periods = [
      period(2, [{ category: 'page', event: '/', count: 5 }]),
      period(1, [
        { category: 'page', event: '/', count: 1 },
        { category: 'page', event: '/about', count: 2 },
        { category: 'seen', event: 'visitor', count: 7 },
      ]),
    ] as never;
    const now = new Date('2026-03-02T12:00:00Z');
    const values = (category: string) => usageTable(periods, category, now).rows.map((row) => row.slice(1, 5));
    expect(values('')).toEqual([
      ['2026-03-01', 'page', true, 3],
      ['2026-03-02', 'page', false, 5],
    ]);
    expect(values('page')).toEqual([
      ['2026-03-01', '/', true, 1],
      ['2026-03-01', '/about', true, 2],
      ['2026-03-02', '/', false, 5],
    ]);
    expect(values('seen')).toEqual([['2026-03-01', 'visitor', true, 7]]);
  });

  it('trackables: whoever has most in all applications first, by alias where there is one', () => {
    const part = (user: string, alias: string | null, total: number) => ({ user, alias, total, events: 1 }) as never;
    const table = trackableTable(
      [
        { application: 'editor', parts: [part('u1', null, 5), part('u2', 'Ben', 4)] },
        { application: 'viewer', parts: [part('u2', 'Ben', 3)] },
      ],
      'user',
    );
    expect(table.rows.map((row) => row.slice(0, 3))).toEqual([
      ['Ben', 'editor', 4],
      ['Ben', 'viewer', 3],
      ['u1', 'editor', 5],
    ]);
    expect(table.columns.map(({ name }) => name)).toEqual(['group', 'series', 'value', 'events']);
  });

  it('visitors: by group where they are divided, all others as one', () => {
    const slice = (positives: number) => ({
      from: '2026-03-01',
      label: '2026-03-01',
      complete: true,
      aggregates: { occurred: { proportion: { positives } } },
    });
    const answer = {
      series: null,
      breakdown: [
        { group: 'news', series: [slice(3)] },
        { group: null, rest: true, series: [slice(1)] },
        { group: null, series: [slice(2)] },
      ],
    } as never;
    expect(visitorTable(answer, 'source').rows.map((row) => [row[2], row[5]])).toEqual([
      ['news', 3],
      ['all others', 1],
      ['without', 2],
    ]);
  });
});

describe('settings of active users', () => {
  it('come back from the fields as they were', () => {
    const settings = {
      activity: { event: ['login', 'logout'], where: { property: 'bot', ne: true } },
      windows: ['P1D', 'P7D'],
      presence: { from: ['login'], to: ['logout'], session: 'resource', max: 'P7D' },
      exclude: { trait: 'disabled', eq: true },
      every: 'PT1H',
    };
    expect(bodyOf(fieldsOf({ ...settings, version: 1 } as never))).toEqual(settings);
  });

  it('that are empty have their defaults, and what is no JSON is left to the service', () => {
    const empty = fieldsOf({ activity: null, windows: [], presence: null, exclude: null, version: 0 } as never);
    expect(bodyOf(empty)).toEqual({ activity: null, presence: null, exclude: null });
    expect(bodyOf({ ...empty, exclude: '{"trait"' })).toMatchObject({ exclude: '{"trait"' });
  });
});

describe('saved plots', () => {
  const storageOf = (text: string | null): Storage => {
    let stored = text;
    return {
      getItem: () => stored,
      setItem: (_: string, value: string) => {
        stored = value;
      },
    } as unknown as Storage;
  };

  it('are kept by property, the newest first, each address once', () => {
    const storage = storageOf(null);
    savePlot(storage, 'p1', { title: 'one', href: '/p/a/x' });
    savePlot(storage, 'p1', { title: 'two', href: '/p/a/y' });
    savePlot(storage, 'p1', { title: 'one again', href: '/p/a/x' });
    savePlot(storage, 'p2', { title: 'other', href: '/p/b/x' });
    expect(savedPlots(storage, 'p1').map(({ title }) => title)).toEqual(['one again', 'two']);
    forgetPlot(storage, 'p1', '/p/a/x');
    expect([savedPlots(storage, 'p1').length, savedPlots(storage, 'p2').length]).toEqual([1, 1]);
  });

  it('that are none are passed over', () => {
    const plots = [{ title: 'x', href: 'javascript:alert(1)' }, { title: 'x', href: '//elsewhere' }, null, 7];
    expect(savedPlots(storageOf(JSON.stringify({ p1: plots })), 'p1')).toEqual([]);
    for (const text of ['no JSON', 'null', '[]', '{"p1": 7}']) expect(savedPlots(storageOf(text), 'p1')).toEqual([]);
  });
});
