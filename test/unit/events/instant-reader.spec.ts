import fc from 'fast-check';
import { InstantReader, type InstantForm } from '../../../src/core/ingest/instant-reader.js';
import { TextSpan } from '../../../src/core/ingest/text-span.js';
import { LocalClock } from '../../../src/core/time/local-clock.js';
import { naiveInstant } from '../../support/naive-event.js';

const PLAIN: InstantForm = { format: 'rfc3339', clock: null, dateClock: null };
const plain = new InstantReader(PLAIN);

function spanOf(text: string): TextSpan {
  const bytes = Buffer.from(`:${text}:0`);
  const span = new TextSpan();
  span.set(bytes, 1, bytes.length - 2);
  return span;
}

function exact(text: string, reader = plain): { ms: number; finer: string } | null {
  reader.read(spanOf(text));
  return Number.isNaN(reader.ms) ? null : { ms: reader.ms, finer: reader.finer.toString() };
}

function isAsNaive(text: string): boolean {
  const [mine, naive] = [exact(text), naiveInstant(text)];
  return mine?.ms === naive?.ms && mine?.finer === naive?.finer;
}

const read = (text: string): number | null => exact(text)?.ms ?? null;
const lackOf = (text: string, form: Partial<InstantForm> = {}) => {
  const reader = new InstantReader({ ...PLAIN, ...form });
  expect(exact(text, reader)).toBeNull();
  return reader.lack;
};

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const written = fc
  .tuple(
    fc.integer({ min: 0, max: 9999 }),
    two(13),
    two(32),
    two(25),
    two(61),
    fc.oneof(
      fc.constant(''),
      fc.tuple(two(61), fc.stringMatching(/^(\.[0-9]{0,12})?$/)).map(([s, fraction]) => `:${s}${fraction}`),
    ),
    fc.constantFrom('T', 'T', 't', ' ', '_'),
    fc.oneof(
      fc.constantFrom('Z', 'z', ''),
      fc
        .tuple(fc.constantFrom('+', '-'), two(25), two(61), fc.constantFrom(':', '', null))
        .map(([sign, h, m, colon]) => (colon === null ? `${sign}${h}` : `${sign}${h}${colon}${m}`)),
    ),
  )
  .map(
    ([y, mo, d, h, mi, seconds, t, zone]) => `${String(y).padStart(4, '0')}-${mo}-${d}${t}${h}:${mi}${seconds}${zone}`,
  );

describe('InstantReader', () => {
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
      fc.property(written, (text) => isAsNaive(text)),
      { numRuns: 20_000 },
    );
  });

  it('agrees with it on spoilt times', () => {
    const spoilt = fc
      .tuple(written, fc.nat(40), fc.constantFrom('', ' ', 'T', '0', ':', '-', 'é'))
      .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + 1));
    fc.assert(
      fc.property(spoilt, (text) => isAsNaive(text)),
      { numRuns: 20_000 },
    );
  });

  it('keeps what is finer than a millisecond apart, without zeros at the end', () => {
    expect(exact('2024-01-01T00:00:00.99990Z')).toEqual({ ms: Date.parse('2024-01-01T00:00:00.999Z'), finer: '9' });
    expect(exact('2024-01-01T01:00:00.9999+01')).toEqual({ ms: Date.parse('2024-01-01T00:00:00.999Z'), finer: '9' });
    expect(exact('1969-12-31T23:59:59.9999Z')?.ms).toBe(-1);
  });

  it('says what a time lacks', () => {
    expect(lackOf('2024-01-01T00:00:00')).toBe('offset');
    expect(lackOf('2024-01-01 00:00')).toBe('offset');
    expect(lackOf('2024-01-01')).toBe('time_of_day');
    expect(lackOf('2024-02-30T00:00:00Z')).toBe('day');
    expect(lackOf('2023-02-29')).toBe('day');
    expect(lackOf('2024-01-01T24:00:00Z')).toBe('clock');
    expect(lackOf('2024-01-01T23:59:60Z')).toBe('clock');
    expect(lackOf('2024-01-01 00:00:00 UTC')).toBe('zone_name');
    expect(lackOf('1704067200')).toBe('time_format');
    expect(lackOf('1704067200.5')).toBe('time_format');
    expect(lackOf('01/02/2024 10:00')).toBeNull();
    expect(lackOf('2024-01-01T00:00:00', { format: 'epoch_s' })).toBe('epoch');
    expect(lackOf('2024-03-31T02:30:00', { clock: new LocalClock('Europe/Berlin') })).toBe('skipped');
  });

  it.each([
    ['epoch_s', '1704067200', 0, ''],
    ['epoch_s', '1704067200.1234500', 123, '45'],
    ['epoch_s', '1.7040672001234E9', 123, '4'],
    ['epoch_ms', '1704067200123', 123, ''],
    ['epoch_ms', '1704067200123.50', 123, '5'],
    ['epoch_us', '1704067200123456', 123, '456'],
    ['epoch_us', '1704067200123000', 123, ''],
    ['epoch_us', '1704067200123456.7', 123, '4567'],
  ] as const)('reads %s %s', (format, text, ms, finer) => {
    const reader = new InstantReader({ ...PLAIN, format });
    expect(exact(text, reader)).toEqual({ ms: Date.parse('2024-01-01T00:00:00Z') + ms, finer });
  });

  it('puts numbers out of range that are', () => {
    const reader = new InstantReader({ ...PLAIN, format: 'epoch_us' });
    expect([exact('-1', reader)?.ms, exact('5', reader), exact(`1${'0'.repeat(50)}`, reader)?.ms]).toEqual([
      -1,
      { ms: 0, finer: '005' },
      Infinity,
    ]);
  });
});

describe('LocalClock', () => {
  it('names the same instants as local times are told of, the earlier of two', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Africa/Monrovia',
      'UTC',
    ];
    for (const zone of zones) {
      const clock = new LocalClock(zone);
      const reported = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      const instants = fc.oneof(
        fc.integer({ min: 0, max: 1_700_000_000 }),
        fc
          .constantFrom(1_711_846_800, 1_729_990_800, 1_325_239_200, 63_593_070, 1_712_415_600)
          .chain((s) => fc.integer({ min: s - 7200, max: s + 7200 })),
      );
      fc.assert(
        fc.property(instants, (seconds) => {
          const localMs = Date.parse(`${reported.format(seconds * 1000).replace(' ', 'T')}Z`);
          const ms = clock.instantMs(localMs);
          expect(Date.parse(`${reported.format(ms).replace(' ', 'T')}Z`)).toBe(localMs);
          expect(ms).toBeLessThanOrEqual(seconds * 1000);
          expect(seconds * 1000 - ms).toBeLessThanOrEqual(2 * 3_600_000);
        }),
        { numRuns: 60 },
      );
    }
  });

  it('begins a day with its first instant', () => {
    expect(new LocalClock('America/Sao_Paulo').startOfDayMs(Date.parse('2018-11-04T00:00:00Z'))).toBe(
      Date.parse('2018-11-04T03:00:00Z'),
    );
  });
});
