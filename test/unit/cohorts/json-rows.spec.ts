import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { Failure } from '../../../src/core/failure.js';
import { bodyText } from '../../../src/bodies/body-text.js';
import { JsonRows } from '../../../src/cohorts/uploads/json-rows.js';
import { withShortRows } from '../../../src/cohorts/uploads/upload-rows.js';

const BOUNDS = { limitBytes: Infinity, stop: new AbortController().signal };

interface Read {
  readonly rows: readonly unknown[];
  readonly refused: string | null;
}

/** The rows of a body that comes in pieces of so many bytes. */
async function read(body: Buffer, pieceBytes: number): Promise<Read> {
  const rows: unknown[] = [];
  const sink = {
    get count() {
      return rows.length;
    },
    take: (text: string) => void rows.push(text),
    refuse: (problem: string, text: string) => void rows.push([problem, text]),
  };
  function* pieces(): Generator<Buffer> {
    for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
  }
  const sent = { source: Readable.from(pieces(), { objectMode: false }), isGzip: false };
  const splitter = withShortRows(new JsonRows(sink), sink);
  try {
    for await (const piece of bodyText(sent, 'utf-8', BOUNDS)) splitter.push(piece);
    splitter.finish();
    return { rows, refused: null };
  } catch (error) {
    const { code, errors } = error as Failure;
    return { rows, refused: [code, ...errors.map(({ pointer }) => pointer)].join(' ') };
  }
}

/** What `JSON.parse` of the whole body says. */
function naive(body: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { rows: [], refused: 'malformed_body' };
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const items = isObject ? (value as { members?: unknown }).members : value;
  if (!Array.isArray(items)) return { rows: [], refused: 'no list' };
  return { refused: null, rows: items.map(rowOf) };
}

function rowOf(item: unknown): unknown {
  if (typeof item === 'string') return item;
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return ['not_a_text', JSON.stringify(item)];
  const { user } = item as { user?: unknown };
  if (typeof user === 'string') return user;
  return [user === undefined ? 'missing_user' : 'not_a_text', JSON.stringify(item)];
}

/** More by `NUM_RUNS`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 500);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('\ud83d', '\\', '"', '\u0000', 'é😀', 'x'.repeat(300)),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, fc.double(), fc.integer(), fc.constantFrom(null, true, false, -0, 1e300, 1.5e-9)),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom('user', '__proto__', 'constructor', '7'), text), tie('any'), { maxKeys: 4 }),
  ),
})).any;
const list = fc.array(fc.oneof(text, value, fc.record({ user: text, more: value })), { maxLength: 12 });
const body = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: list },
      { weight: 3, arbitrary: fc.record({ before: value, members: list, after: value }) },
      { weight: 1, arbitrary: value },
    ),
    fc.constantFrom(0, 1, '\r\n\t'),
    fc.boolean(),
  )
  .map(([whole, space, isAscii]) => {
    const json = JSON.stringify(whole, null, space);
    return isAscii ? json.replaceAll(/[^\0-~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : json;
  });
/** A part of a body is cut out, or something is put there instead. */
const broken = fc
  .tuple(
    body,
    fc.nat(),
    fc.nat(3),
    fc.constantFrom('', '"', '\\', ',', ']', '}', '[', '{', ':', '0', '-', 'e', '.', 't', ' ', '\0', '\v', '\ufeff'),
  )
  .map(([whole, at, length, other]) => {
    const start = at % (whole.length + 1);
    return whole.slice(0, start) + other + whole.slice(start + length);
  });

describe('a JSON list that comes in pieces', () => {
  it('is read as JSON.parse reads it, and refused where that refuses it', async () => {
    const seen = { read: 0, malformed: 0, none: 0 };
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, broken), fc.integer({ min: 1, max: 20 }), async (given, pieceBytes) => {
        const bytes = Buffer.from(given);
        // A byte order mark at the start is no part of the text.
        const [was, expected] = [await read(bytes, pieceBytes), naive(bytes.toString().replace(/^\ufeff/, ''))];
        if (was.refused === 'invalid_field /members' && expected.refused === null) {
          // Two lists: JSON.parse takes the last.
          expect(given.match(/"members"/g)?.length).toBe(2);
        } else if (expected.refused === null) {
          seen.read += 1;
          expect(was).toEqual(expected);
        } else if (expected.refused === 'malformed_body') {
          seen.malformed += 1;
          // Whether what begins as no list would end as JSON is not waited for.
          expect(was.refused).toMatch(/^(malformed_body|invalid_field)/);
        } else {
          seen.none += 1;
          expect(was.refused).toMatch(/^invalid_field/);
        }
      }),
      { numRuns: NUM_RUNS },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(NUM_RUNS / 60);
  }, 120_000);

  it('is read the same wherever it is cut', async () => {
    const given =
      '{"a":[{"members":["no"]}],"members":["é😀","\\ud83d\\ude00\\n",{"user":"\\u00e9"},-1.5e2,true,[{}]],"b":null}';
    const expected = naive(given);
    for (let pieceBytes = 1; pieceBytes <= Buffer.byteLength(given); pieceBytes += 1) {
      expect(await read(Buffer.from(given), pieceBytes)).toEqual(expected);
    }
  });

  it.each([
    ['', 'malformed_body'],
    ['["a"', 'malformed_body'],
    ['["a]', 'malformed_body'],
    ['["a",]', 'malformed_body'],
    ['["a"] ["b"]', 'malformed_body'],
    ['{"members":["a"]} x', 'malformed_body'],
    ['{"members":["a"]', 'malformed_body'],
    ['[01]', 'malformed_body'],
    ['["\n"]', 'malformed_body'],
    ['7', 'invalid_field '],
    ['null', 'invalid_field '],
    ['{"users":["a"]}', 'invalid_field '],
    ['{"a":{"members":["a"]}}', 'invalid_field '],
    ['{"members":"a"}', 'invalid_field /members'],
    ['{"members":{"a":[]}}', 'invalid_field /members'],
    ['{"members":["a"],"members":["b"]}', 'invalid_field /members'],
    ['{"members":["a"],"memb\\u0065rs":["b"]}', 'invalid_field /members'],
    [`${'['.repeat(64)}${']'.repeat(64)}`, null],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'body_too_complex'],
    [`{"a":${'['.repeat(64)}${']'.repeat(64)},"members":["a"]}`, 'body_too_complex'],
    ['['.repeat(400_000), 'body_too_complex'],
    [`["a","${'x'.repeat(1_200_000)}"]`, 'body_too_large'],
    [`["a",${' '.repeat(1_200_000)}"b"]`, 'body_too_large'],
    [`["a",${'1'.repeat(1_200_000)}]`, 'body_too_large'],
    [`{"${'x'.repeat(1_200_000)}":1,"members":["a"]}`, 'body_too_large'],
  ])('is refused for what it is: %#', async (given, refused) => {
    expect((await read(Buffer.from(given), 65_536)).refused).toBe(refused);
  });
});
