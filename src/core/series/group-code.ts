import { Failure } from '../failure.js';
import type { PropertyValue } from '../event/filter.js';

/** Groups that an answer may have. */
export const MAX_GROUPS = 1_000;

/** What a group of a breakdown has in common; null: no value. */
export type GroupValue = PropertyValue | null;

/** Code of the group of all events, or users, whose own group is not among the largest. */
export const REST_CODE = ':*';

/** The value that a code of the engine stands for: `:t` and a text, `:n` and a number, `:btrue`, `:bfalse`, and `:` or `REST_CODE` for none. */
export function groupValue(code: string): GroupValue {
  const value = code.slice(2);
  switch (code.charAt(1)) {
    case 't':
      return value;
    case 'n':
      return Number(value);
    case 'b':
      return value === 'true';
    default:
      return null;
  }
}

/** @throws Failure limit_exceeded for more groups than an answer may have */
export function refuseTooManyGroups(groups: number): void {
  if (groups <= MAX_GROUPS) return;
  const detail = `The breakdown has more groups than the limit \`breakdown_groups\`, ${MAX_GROUPS}; take a property or trait with fewer values, narrow the events with \`where\`, or keep the largest alone: {"property": name, "top": 25}.`;
  const errors = [{ pointer: '/breakdown/0', detail }];
  throw new Failure('limit_exceeded', detail, errors, { limit: 'breakdown_groups', value: MAX_GROUPS });
}

const ORDER = ['string', 'number', 'boolean', 'object'];

/** Texts by their UTF-8 bytes, then numbers, then false and true, and last those without a value. */
export function compareGroups(a: GroupValue, b: GroupValue): number {
  const byType = ORDER.indexOf(typeof a) - ORDER.indexOf(typeof b);
  if (byType !== 0) return byType;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}
