import fc from 'fast-check';
import { instantOf } from '../../../src/core/ingest/instant-span.js';
import { TextSpan } from '../../../src/core/ingest/text-span.js';
import { naiveInstant } from '../../support/naive-event.js';

function read(text: string): number | null {
  const bytes = Buffer.from(`x${text}x`);
  const span = new TextSpan();
  span.set(bytes, 1, bytes.length - 1);
  const ms = instantOf(span);
  return Number.isNaN(ms) ? null : ms;
}

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const written = fc
  .tuple(
    fc.integer({ min: 0, max: 9999 }),
    two(13),
    two(32),
    two(25),
    two(61),
    two(61),
    fc.stringMatching(/^(\.[0-9]{0,12})?$/),
    fc.oneof(
      fc.constantFrom('Z', 'z', ''),
      fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(([sign, h, m]) => `${sign}${h}:${m}`),
    ),
  )
  .map(
    ([y, mo, d, h, mi, s, fraction, zone]) =>
      `${String(y).padStart(4, '0')}-${mo}-${d}T${h}:${mi}:${s}${fraction}${zone}`,
  );

describe('instantOf', () => {
  it.each([
    ['every day of a century', '1960-01-01T12:34:56.789Z', '2060-01-01', 1],
    ['every 13th day of all years', '0001-01-01T23:59:59.999Z', '9999-12-31', 13],
  ])('agrees with the calendar of Date on %s', (_, from, to, days) => {
    for (let ms = Date.parse(from); ms < Date.parse(to); ms += days * 86_400_000) {
      const text = new Date(ms).toISOString();
      if (read(text) !== ms) throw new Error(text);
    }
  });

  it('agrees with a naive reader on anything that looks like a time', () => {
    fc.assert(
      fc.property(written, (text) => read(text) === naiveInstant(text)),
      { numRuns: 20_000 },
    );
  });

  it('agrees with it on spoilt times', () => {
    const spoilt = fc
      .tuple(written, fc.nat(40), fc.constantFrom('', ' ', 'T', '0', ':', '-', 'é'))
      .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + 1));
    fc.assert(
      fc.property(spoilt, (text) => read(text) === naiveInstant(text)),
      { numRuns: 20_000 },
    );
  });

  it('cuts off what is finer than a millisecond', () => {
    expect(read('2024-01-01T00:00:00.9999Z')).toBe(Date.parse('2024-01-01T00:00:00.999Z'));
    expect(read('1969-12-31T23:59:59.9999Z')).toBe(-1);
  });
});
