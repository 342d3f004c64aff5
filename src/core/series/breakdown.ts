import type { PropertyValue } from '../event/filter.js';
import { Failure } from '../failure.js';

export const SUBJECTS = ['trait', 'property'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** What the size of a group is: its users, its events in the window, or the sum of the metric's first column. */
export const GROUP_SIZES = ['users', 'events', 'value'] as const;
export type GroupSize = (typeof GROUP_SIZES)[number];

/** Which groups are kept: the largest `count`. */
export interface TopGroups {
  readonly count: number;
  readonly by: GroupSize;
  /** The others are one group together; else they are left out. */
  readonly rest: boolean;
}

/** The trait or property by which users or events are grouped. */
export interface Breakdown {
  readonly of: Subject;
  readonly name: string;
  /** Null: all groups are kept. */
  readonly top: TopGroups | null;
}

/** A breakdown in canonical form: `trait:<name>`, `property:<name>`, or one of these with the largest groups alone. */
export type CanonicalBreakdown =
  | string
  | ({ readonly [S in Subject]?: string } & { readonly top: number; readonly by: GroupSize; readonly rest: boolean });

/** The canonical text of a breakdown without `top`. */
export const BREAKDOWN_TEXT = /^(trait|property):(.*)$/su;

/** Of a canonical breakdown. */
export function breakdownOf(breakdown: readonly CanonicalBreakdown[]): Breakdown | null {
  const [one] = breakdown;
  if (one === undefined) return null;
  if (typeof one !== 'string') return ofObject(one);
  const [, of, name] = BREAKDOWN_TEXT.exec(one) ?? [];
  return of && name !== undefined ? { of: of === 'trait' ? 'trait' : 'property', name, top: null } : null;
}

function ofObject({ trait, property, top, by, rest }: Exclude<CanonicalBreakdown, string>): Breakdown {
  return {
    of: trait === undefined ? 'property' : 'trait',
    name: trait ?? property ?? '',
    top: { count: top, by, rest },
  };
}

/** Groups that an answer may have. */
export const MAX_GROUPS = 1_000;

/** What a group of a breakdown has in common; null: no value. */
export type GroupValue = PropertyValue | null;

/** Code of the group of all events, or users, whose own group is not among the largest. */
export const REST_CODE = ':*';

/**
 * The value that a code of the engine stands for: `:t` and a text, `:n` and a number, `:btrue`, `:bfalse`, and `:` or
 * `REST_CODE` for none.
 */
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
