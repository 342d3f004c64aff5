import { invalid } from '../failure.js';
import { parseText } from '../text.js';

const COHORT_ID = /^coh_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const RESERVED = /[&~()]/;

/** Wherever a cohort may be named: everybody. */
export const EVERYBODY = 'all';

export function isCohortId(text: string): boolean {
  return COHORT_ID.test(text);
}

/** Whether a text says more than one name. */
export function isExpression(text: string): boolean {
  return RESERVED.test(text);
}

/**
 * A name for a cohort: 1 to 200 characters without `& ~ ( )`, which expressions use, and neither `all` nor of an id's
 * form (422 `invalid_field`).
 */
export function parseCohortName(value: unknown, pointer: string): string {
  const name = parseText(value, { min: 1, max: 200 }, pointer, "A cohort's name");
  if (RESERVED.test(name))
    throw invalid('invalid_field', pointer, "A cohort's name has none of the characters & ~ ( ).");
  if (name === EVERYBODY)
    throw invalid('invalid_field', pointer, 'The name `all` stands for everybody: take another one.');
  if (isCohortId(name)) throw invalid('invalid_field', pointer, "A cohort's name has not the form of an id.");
  return name;
}
