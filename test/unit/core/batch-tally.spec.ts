import fc from 'fast-check';
import { EventReader } from '../../../src/core/ingest/item-readers.js';
import { BatchTally, MAX_ENTRIES, type TallyEntry } from '../../../src/core/ingest/batch-tally.js';
import { plainForm } from '../../support/item-form.js';

interface Sent {
  readonly event: string;
  readonly day: number;
  readonly properties: Readonly<Record<string, string | number | boolean | null>>;
}

const TYPES = { string: 'text', number: 'number', boolean: 'boolean' } as const;

function tallied(items: readonly Sent[]): { entries: readonly TallyEntry[]; isWhole: boolean } {
  const reader = new EventReader(plainForm());
  const tally = new BatchTally();
  for (const { event, day, properties } of items) {
    const time = `2024-01-${String(day).padStart(2, '0')}T00:00:00Z`;
    const bytes = Buffer.from(JSON.stringify({ user: 'u', event, time, properties }));
    expect(reader.read(bytes, 0, bytes.length)).toBe(true);
    tally.note(reader.event, reader.properties, reader.timeMs);
  }
  return tally.tally();
}

/** The same in plain words. */
function counted(items: readonly Sent[]): Record<string, [number, number, number]> {
  const found: Record<string, [number, number, number]> = {};
  for (const { event, day, properties } of items) {
    const ms = Date.UTC(2024, 0, day);
    const keys: [string | null, string | null][] = [[null, null]];
    for (const [key, value] of Object.entries(properties)) {
      if (value !== null) keys.push([key, TYPES[typeof value as keyof typeof TYPES]]);
    }
    for (const [key, type] of keys) {
      const name = JSON.stringify([event, key, type]);
      const [count, first, last] = found[name] ?? [0, Infinity, -Infinity];
      found[name] = [count + 1, Math.min(first, ms), Math.max(last, ms)];
    }
  }
  return found;
}

const values = fc.oneof(fc.constantFrom('x', 'yy', '1'), fc.integer(), fc.boolean(), fc.constant(null));
const items = fc.array(
  fc.record({
    event: fc.constantFrom('a', 'b', 'ab', 'ä'),
    day: fc.integer({ min: 1, max: 9 }),
    properties: fc.dictionary(fc.constantFrom('a', 'b', 'ba', 'c'), values, { maxKeys: 4 }),
  }),
  { maxLength: 40 },
);

describe('BatchTally', () => {
  it('counts what a naive count does', () => {
    fc.assert(
      fc.property(items, (sent) => {
        const { entries, isWhole } = tallied(sent);
        const found = entries.map(([event, key, type, ...span]) => [
          JSON.stringify([event, key, type]),
          span.slice(0, 3),
        ]);
        expect(Object.fromEntries(found)).toEqual(counted(sent));
        expect(isWhole).toBe(true);
      }),
    );
  });

  it('goes on when there are more shapes than it keeps apart', () => {
    const sent = Array.from({ length: 4_200 }, (_, i) => {
      const keys = Array.from({ length: 13 }, (_, bit) => bit).filter((bit) => (i >> bit) & 1);
      return { event: 'e', day: 1, properties: Object.fromEntries(keys.map((bit) => [`k${bit}`, i])) };
    });
    const { entries } = tallied(sent);
    expect(entries.find(([, key]) => key === null)?.[3]).toBe(4_200);
    expect(entries.find(([, key]) => key === 'k0')?.[3]).toBe(2_100);
  });

  it('says that it left something out', () => {
    const sent = Array.from({ length: MAX_ENTRIES + 10 }, (_, i) => ({ event: `e${i}`, day: 1, properties: {} }));
    const { entries, isWhole } = tallied(sent);
    expect([entries.length, isWhole]).toEqual([MAX_ENTRIES, false]);
  });

  it('keeps three short examples', () => {
    const sent = ['x'.repeat(50), 'b', 'b', 'c', 'd'].map((value) => ({ event: 'e', day: 1, properties: { value } }));
    expect(tallied(sent).entries.find(([, key]) => key === 'value')?.[6]).toEqual([`${'x'.repeat(40)}…`, 'b']);
  });
});
