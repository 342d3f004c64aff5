import { both, verdict, type Rule } from './rules.js';
import { literal, pattern, pointer, unquoted, type Definitions } from './sql-text.js';

/** Integers of 19 digits and more outside strings: group 1 is all before, of which strings are taken whole. */
const LONG_INTEGER = /((?:"(?:[^"\\]|\\.)*"|[^"])*?[:\s,\[])(-?[0-9]{19,})([,}\]\s])/;

const PAIR_OR_BACKSLASH = /\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/;
const LONE_SURROGATE = /\\u[dD][89a-fA-F][0-9a-fA-F]{2}/;
const VAST_NUMBER = /([:\[,\s]-?)(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?[eE]\+?[0-9]+|[1-9][0-9]{308,}(?:\.[0-9]+)?)/;

/**
 * `json`: the object of a line, which stands behind seven digits of its position. The engine's parser refuses integers beyond 64
 * bits, which JSON allows: where a batch may hold one, they are given an exponent.
 */
export function lineDefinitions(hasLongIntegers: boolean): Definitions {
  const rest = 'substring(line, 8)';
  const mended = `replaceRegexpAll(${rest}, ${pattern(LONG_INTEGER)}, '\\\\1\\\\2e0\\\\3')`;
  return [
    ['position', 'toUInt32(substring(line, 1, 7))'],
    ['json', hasLongIntegers ? `if(isValidJSON(${rest}), ${rest}, ${mended})` : rest],
  ];
}

/**
 * Takes an object apart in one pass, double names and all: for each known field `<name>_at` (0: absent) and `<name>_raw`
 * (its JSON; empty: absent). Nothing is there where the line is not a JSON object.
 */
export function fieldDefinitions(known: readonly string[]): Definitions {
  return [
    ['fields', 'JSONExtractKeysAndValuesRaw(json)'],
    ['keys', 'fields.1'],
    ['raws', 'fields.2'],
    ...known.flatMap((name) => [
      [`${name}_at`, `indexOf(keys, ${literal(name)})`] as const,
      [`${name}_raw`, `raws[${name}_at]`] as const,
    ]),
  ];
}

/** `<name>_text`: the text of a field that is a string. */
export function textDefinitions(names: readonly string[]): Definitions {
  return names.map((name) => [`${name}_text`, unquoted(`${name}_raw`)]);
}

/** The object itself: readable, with known names only, each once. */
export function objectRules(known: readonly string[], firstRequired: string): Rule[] {
  const found = known.map((name) => `(${name}_at > 0)`).join(' + ');
  const names = `[${known.map(literal).join(', ')}]`;
  const double = 'arrayFirst((k, i) -> indexOf(keys, k) < i, keys, arrayEnumerate(keys))';
  return [
    { fails: 'empty(keys)', verdict: unreadable(firstRequired) },
    {
      fails: `length(keys) != ${found}`,
      verdict: `if(arrayExists(k -> NOT has(${names}, k), keys),
      ${verdict('unknown_field', pointer('', `arrayFirst(k -> NOT has(${names}, k), keys)`))},
      ${verdict('duplicate_field', pointer('', double))})`,
    },
  ];
}

export function requiredTextRule(name: string): Rule {
  const at = literal(`/${name}`);
  return {
    fails: `NOT startsWith(${name}_raw, '"')`,
    verdict: `if(${name}_at = 0, ${verdict('missing_field', at)}, ${verdict('invalid_type', at)})`,
  };
}

/** Null stands for absent. */
export function optionalTextRule(name: string): Rule {
  return {
    fails: both(`${name}_raw NOT IN ('', 'null')`, `NOT startsWith(${name}_raw, '"')`),
    verdict: verdict('invalid_type', literal(`/${name}`)),
  };
}

export function bytesRule(name: string, maxBytes: number): Rule {
  return {
    fails: both(`startsWith(${name}_raw, '"')`, `length(${name}_text) NOT BETWEEN 1 AND ${maxBytes}`),
    verdict: verdict('invalid_length', literal(`/${name}`)),
  };
}

export function charactersRule(name: string, maxCharacters: number): Rule {
  return {
    fails: `lengthUTF8(${name}_text) NOT BETWEEN 1 AND ${maxCharacters}`,
    verdict: verdict('invalid_length', literal(`/${name}`)),
  };
}

/** No text holds a NUL, which only an escape can write. `arrays` are SQL for lists of texts, with the pointer of one of them (`x`). */
export function nulRule(names: readonly string[], arrays: readonly (readonly [list: string, at: string])[]): Rule {
  const inText = names.map((name) => [`position(${name}_text, '\\0') > 0`, literal(`/${name}`)] as const);
  const inArrays = arrays.map(([list, at]) => [`arrayExists(x -> position(x, '\\0') > 0, ${list})`, at] as const);
  const places = [...inText, ...inArrays];
  const chain = places.map(([holds, at]) => `${holds}, ${verdict('nul_character', at)}`).join(', ');
  return {
    fails: `position(json, '\\\\u0000') > 0 AND (${places.map(([holds]) => holds).join(' OR ')})`,
    verdict: `multiIf(${chain}, '')`,
  };
}

/** Why nothing could be read: tried in turn, on the few lines that come to it. */
function unreadable(firstRequired: string): string {
  const paired = `replaceRegexpAll(json, ${pattern(PAIR_OR_BACKSLASH)}, 'x')`;
  const whole = `replaceRegexpAll(${paired}, ${pattern(LONE_SURROGATE)}, 'x')`;
  const tamed = `replaceRegexpAll(json, ${pattern(VAST_NUMBER)}, '\\\\10')`;
  return `multiIf(
      isValidJSON(json) AND JSONType(json) = 'Object', ${verdict('missing_field', literal(`/${firstRequired}`))},
      isValidJSON(json), ${verdict('not_an_object')},
      isValidJSON(${whole}), ${verdict('lone_surrogate')},
      isValidJSON(${tamed}), ${verdict('number_out_of_range')},
      ${verdict('malformed_json')})`;
}
