import fc from 'fast-check';
import { JsonCursor } from '../../../src/core/ingest/json-cursor.js';

function readNumber(text: string): number | null {
  const bytes = Buffer.from(`${text}\n`);
  const cursor = new JsonCursor();
  cursor.set(bytes, 0, bytes.length - 1);
  return cursor.readNumber() && cursor.at === bytes.length - 1 ? cursor.number : null;
}

/** The number that JSON says stands there; null where it is none. */
function parsed(text: string): number | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' ? value + 0 : null;
  } catch {
    return null;
  }
}

describe('JsonCursor.readNumber', () => {
  it('gives every double back from its text', () => {
    const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(anyDouble, (value) => Object.is(readNumber(String(value)), value + 0)),
      { numRuns: 20_000 },
    );
  });

  it('takes the double nearest to any literal', () => {
    const digits = fc.stringMatching(/^[0-9]{0,25}$/);
    const literal = fc.tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(digits, { nil: null }),
      fc.option(fc.integer({ min: -400, max: 400 }), { nil: null }),
    );
    const texts = literal.map(
      ([sign, whole, fraction, exponent]) =>
        sign + whole + (fraction === null ? '' : `.${fraction}`) + (exponent === null ? '' : `e${exponent}`),
    );
    fc.assert(
      fc.property(texts, (text) => Object.is(readNumber(text), parsed(text))),
      { numRuns: 20_000 },
    );
  });

  it('reads short decimals exactly, the way prices are written', () => {
    for (let cents = 0; cents < 100_000; cents++) {
      const text = (cents / 100).toFixed(2);
      if (readNumber(text) !== Number(text)) throw new Error(text);
    }
  });

  it.each(['', '-', '+1', '.5', '5.', '01', '-01', '1e', '1e+', '1.e5', '0x10', 'NaN', 'Infinity', '1_000'])(
    'refuses %j',
    (text) => {
      expect(readNumber(text)).toBeNull();
    },
  );
});
