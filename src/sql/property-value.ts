import type { ParamList } from './param-list.js';

// ClickHouse: texts of doubles are those of JavaScript but for the plus in 1e+21.
const NUMBER_TEXT = (number: string): string => `replaceRegexpOne(toString(${number} + 0), 'e([0-9])', 'e+\\\\1')`;

/** A condition on a row of `events`: it has the property, of whatever type. */
export function hasProperty(property: string, params: ParamList): string {
  const key = params.add('String', property);
  return `(mapContains(text, ${key}) OR mapContains(number, ${key}) OR mapContains(flag, ${key}))`;
}

/** The text of the value, as JSON spells numbers and booleans; of an event that has the property. */
export function valueText(property: string, params: ParamList): string {
  const key = params.add('String', property);
  return `multiIf(mapContains(text, ${key}), text[${key}], mapContains(number, ${key}), ${NUMBER_TEXT(`number[${key}]`)}, flag[${key}], 'true', 'false')`;
}

/** The type and the text of the value under a key that is there: `t`, `n` or `b`, then as `valueText`. No two values have one. */
export function typedText(key: string): string {
  return `multiIf(mapContains(text, ${key}), concat('t', text[${key}]), mapContains(number, ${key}), concat('n', ${NUMBER_TEXT(`number[${key}]`)}), flag[${key}], 'btrue', 'bfalse')`;
}

/** What stands for the value, with its type, among distinct ones; -0 is 0. A number is hashed by its bits: its text would take several times as long. */
export function valueHash(property: string, params: ParamList): string {
  const key = params.add('String', property);
  const typed = `multiIf(mapContains(text, ${key}), sipHash128('t', text[${key}]), mapContains(number, ${key}), sipHash128('n', number[${key}] + 0), sipHash128('b', flag[${key}]))`;
  return `reinterpretAsUInt128(${typed})`;
}

/** The local day of the event, as a number of the same type. */
export function dayNumber(timeZone: string, params: ParamList): string {
  return `toUInt128(toYYYYMMDD(time, ${params.add('String', timeZone)}))`;
}
