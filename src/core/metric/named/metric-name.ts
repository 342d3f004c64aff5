import { invalid } from '../../failure.js';
import { quoted } from '../../json-shape.js';
import { isMetricId } from '../catalogue.js';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const ID = /^met_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Spelled as the ids of the built-ins are, so that a name needs no escaping in a path. */
const RULE = 'A name has 1 to 64 characters of a-z, 0-9 and _, and begins with a letter';

export function isNamedMetricId(text: string): boolean {
  return ID.test(text);
}

/** Whether a named metric can have this name. One that has got it keeps it, should a later built-in be called so too. */
export function isMetricName(text: string): boolean {
  return NAME.test(text) && !isNamedMetricId(text);
}

/** A name for a metric of a property (422 `invalid_field`). */
export function parseMetricName(value: unknown, pointer: string): string {
  if (typeof value !== 'string' || !NAME.test(value)) {
    throw invalid('invalid_field', pointer, `${RULE}, such as "bytes_added"; ${quoted(value)} is not one.`);
  }
  if (isNamedMetricId(value)) throw invalid('invalid_field', pointer, 'A name has not the form of an id.');
  if (isMetricId(value))
    throw invalid('invalid_field', pointer, `\`${value}\` is a built-in metric: take another name.`);
  return value;
}
