import type { PropertyValue } from '../../../src/core/event/filter.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { OracleRow } from './oracle.js';
import type { Measurer } from './request-measure.js';
import type { Part } from './request-parts.js';
import type { OracleUser } from './request-users.js';
import type { SentEvent } from './world.js';

export type GroupValue = PropertyValue | null;

/** One group: the rows of a part in it. */
export interface GroupOf {
  readonly by: string;
  readonly group: GroupValue;
  rows(part: Part): OracleRow[];
}

/** In order; null: no breakdown is asked for. `parts`: all there are, the total among them. */
export function groupsOf(
  { breakdown: [by] }: CanonicalRequest,
  measurer: Measurer,
  users: readonly OracleUser[],
  parts: readonly Part[],
): GroupOf[] | null {
  if (by === undefined) return null;
  const [kind, name] = [by.slice(0, by.indexOf(':')), by.slice(by.indexOf(':') + 1)];
  return kind === 'trait' ? byTrait(by, name, measurer, users) : byProperty(by, name, measurer, users, parts);
}

/** Every user is in one group; who has no such trait in that of null. */
function byTrait(by: string, name: string, measurer: Measurer, users: readonly OracleUser[]): GroupOf[] {
  const groupOf = ({ traits }: OracleUser): GroupValue => ownValue(traits, name);
  return inOrder(users.map(groupOf)).map((group) => ({
    by,
    group,
    rows: (part) =>
      measurer.rows(
        part,
        users.filter((user) => isSame(groupOf(user), group)),
      ),
  }));
}

/** A user is in the group of every value that some event in the window has; each group counts its own events. */
function byProperty(
  by: string,
  name: string,
  measurer: Measurer,
  users: readonly OracleUser[],
  parts: readonly Part[],
): GroupOf[] {
  const valueOf = ({ properties }: SentEvent): GroupValue => ownValue(properties, name);
  const seen = parts.flatMap((part) => users.flatMap((user) => measurer.inside(part, user))).map(valueOf);
  return inOrder(seen.filter((value) => value !== null)).map((group) => ({
    by,
    group,
    rows: (part) => measurer.rows(part, users, (event) => isSame(valueOf(event), group)),
  }));
}

/** -0 is 0. */
function ownValue(values: Readonly<Record<string, PropertyValue>>, name: string): GroupValue {
  const value = Object.hasOwn(values, name) ? (values[name] ?? null) : null;
  return typeof value === 'number' ? value + 0 : value;
}

/** 1 and "1" are two. */
function isSame(a: GroupValue, b: GroupValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const TYPES = ['string', 'number', 'boolean', 'object'];

/** Distinct: texts by their bytes, then numbers, then false and true, then null. */
function inOrder(values: readonly GroupValue[]): GroupValue[] {
  const distinct = values.filter((value, i) => values.findIndex((other) => isSame(other, value)) === i);
  return distinct.sort((a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
    return TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b) || Number(a) - Number(b);
  });
}
