import type { RejectionCode } from './rejection.js';
import { literal } from './sql-text.js';

/** One check of an item: SQL that is 1 where it fails, and SQL for its verdict then. The first that fails decides. */
export interface Rule {
  readonly fails: string;
  readonly verdict: string;
}

/** `code`, a tab, `pointer`: how a verdict travels through one column. `at` is SQL for a JSON Pointer. */
export function verdict(code: RejectionCode, at = "''"): string {
  return `concat(${literal(`${code}\t`)}, ${at})`;
}

/** Both hold. ClickHouse: AND would run its second part on a copy of the rows that are left. */
export function both(one: string, other: string): string {
  return `bitAnd(${one}, ${other})`;
}

/** Empty where every rule holds. */
export function firstVerdict(rules: readonly Rule[]): string {
  // ClickHouse: every step of multiIf copies the rows that are left as soon as one is not, so good items must not come near it.
  const failures = rules.map(({ fails }) => `(${fails})`).join(' + ');
  const chain = rules.map((rule) => `${rule.fails}, ${rule.verdict}`).join(',\n    ');
  return `if(${failures} = 0, '', multiIf(\n    ${chain}, ''))`;
}
