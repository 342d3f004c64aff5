import fc from 'fast-check';

const TIMES = [
  '2024-01-01T00:00:00Z',
  '2024-01-01T00:00:00.5+05:30',
  '2024-02-29t23:59:59.9999999999z',
  '2024-02-30T00:00:00Z',
  '2024-01-01T00:00:00',
  '1969-12-31T23:30:00-01:00',
  '9999-01-01T00:00:00Z',
  '',
];

const PIECES = [
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '\\ud83d\\ude00',
  '\\n',
  '\\x',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ' ',
  '\n',
  '1e400',
  '-',
  '01',
  'null',
];

/** JSON of a text, often with escapes that need not be. */
const text = fc
  .tuple(
    fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom('u', 'é', '', 'x'.repeat(257))),
    fc.boolean(),
  )
  .map(([value, isEscaped]) => (isEscaped ? escaped(value) : JSON.stringify(value)));

const poison = fc.constantFrom(
  '"\\ud800"',
  '"\\u0000"',
  '"\\udc00\\ud800"',
  '1e400',
  '[1]',
  '{"a":1}',
  '01',
  'nul',
  '"\\x"',
  '""',
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.maxSafeInteger().map(String),
  fc.tuple(fc.bigInt(), fc.nat(30), fc.integer({ min: -400, max: 400 })).map(([a, b, e]) => `${a}.${b}E${e}`),
  fc.bigInt().map(String),
);
const scalar = fc.oneof(text, number, fc.constantFrom('true', 'false', 'null', '-0', '0.0', '1e5'), {
  weight: 1,
  arbitrary: poison,
});
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('"a"', '"b"', '"c"', '"\\u0061"', '"__proto__"') },
  { weight: 1, arbitrary: text },
);
const space = fc.constantFrom('', '', '', ' ', '\t', '\r');

function objectOf(members: fc.Arbitrary<[string, string][]>): fc.Arbitrary<string> {
  return fc
    .tuple(members, space, space)
    .map(
      ([list, before, after]) =>
        `{${before}${list.map(([k, v]) => `${k}${after}:${before}${v}`).join(`${after},`)}${after}}`,
    );
}

const properties = objectOf(fc.array(fc.tuple(key, scalar), { maxLength: 5 }));

const fields = {
  id: fc.oneof(text, fc.constant('null'), poison),
  user: fc.oneof({ weight: 6, arbitrary: text }, { weight: 1, arbitrary: poison }),
  event: fc.oneof({ weight: 6, arbitrary: text }, { weight: 1, arbitrary: poison }),
  time: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...TIMES).map((t) => JSON.stringify(t)) },
    { weight: 1, arbitrary: poison },
  ),
  properties: fc.oneof({ weight: 5, arbitrary: properties }, { weight: 1, arbitrary: scalar }),
};

const good = fc.record({
  user: fc.constantFrom('"a"', '"b"', '"\\u0062"'),
  event: fc.constantFrom('"x"', '"y"'),
  time: fc.constantFrom('"2024-01-01T00:00:00Z"', '"2024-01-01T01:00:00+01:00"', '"2024-01-02T00:00:00Z"'),
});

/** Members in any order, some missing, now and then one twice or unknown. */
const members = fc
  .tuple(
    good,
    fc.record(fields, { requiredKeys: [] }),
    fc.constantFrom('', '', '', '', 'user', 'id', 'properties', 'extra'),
    fc.boolean(),
  )
  .chain(([base, others, extra, isWhole]) => {
    const all = Object.entries({ ...(isWhole ? base : {}), ...others }).map(([k, v]): [string, string] => [
      JSON.stringify(k),
      v,
    ]);
    if (extra !== '') all.push([JSON.stringify(extra), '"z"']);
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

const whole = objectOf(members);

const soundText = fc
  .tuple(
    fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), fc.constantFrom('u', 'é', '𐐷')),
    fc.boolean(),
  )
  .filter(([value]) => !value.includes('\0'))
  .map(([value, isEscaped]) => (isEscaped ? escaped(value) : JSON.stringify(value)));
const soundNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(10 ** 9), fc.integer({ min: -340, max: 260 }))
    .map(([a, b, e]) => `${a}.${b}E${e}`),
  fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }).map(String),
  fc.constantFrom(
    '-0',
    '0.0',
    '1e5',
    '0.1',
    '5e-324',
    '2.2250738585072011e-308',
    '100000000000000000000',
    '9007199254740993',
    '123456789.123456',
  ),
);
const soundScalar = fc.oneof(soundText, soundNumber, fc.constantFrom('true', 'false', 'null'));
const soundProperties = objectOf(
  fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom('"a"', '"b"', '"__proto__"', '"a.b"'), soundText), soundScalar), {
    maxLength: 6,
    selector: ([name]) => JSON.parse(name) as string,
  }),
);
const soundMembers = fc
  .tuple(
    fc.record({
      user: soundText,
      event: soundText,
      time: fc.constantFrom(
        '"2024-01-01T00:00:00Z"',
        '"2024-01-01T01:00:00+01:00"',
        '"2024-02-29t23:59:59.99999z"',
        '"1970-01-01T00:00:00.000Z"',
      ),
    }),
    fc.record(
      { id: fc.oneof(soundText, fc.constant('null')), properties: fc.oneof(soundProperties, fc.constant('null')) },
      { requiredKeys: [] },
    ),
  )
  .chain(([required, optional]) => {
    const all = Object.entries({ ...required, ...optional }).map(([k, v]): [string, string] => [JSON.stringify(k), v]);
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

/** An item that is to be taken, in one of its many spellings. */
export const soundEventTexts: fc.Arbitrary<string> = objectOf(soundMembers).map((json) => json.replaceAll('\n', ' '));

/** A piece put in or taken out somewhere. */
const broken = fc.tuple(whole, fc.nat(), fc.constantFrom(...PIECES), fc.nat(2)).map(([json, at, piece, drop]) => {
  const place = at % (json.length + 1);
  return json.slice(0, place) + piece + json.slice(place + drop);
});

/** One item of a body as a sender might write it: mostly good, often poisoned, without line feeds. */
export const eventTexts: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 8, arbitrary: soundEventTexts },
    { weight: 5, arbitrary: whole },
    { weight: 3, arbitrary: broken },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string() },
  )
  .map((json) => json.replaceAll('\n', ' '))
  .filter((json) => json.isWellFormed());

function escaped(value: string): string {
  const units = Array.from(
    { length: value.length },
    (_, i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`,
  );
  return `"${units.join('')}"`;
}
