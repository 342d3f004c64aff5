import { invalid, type Failure } from '../../failure.js';
import { listed, quoted } from '../../json-shape.js';
import { nearest } from '../../nearest.js';
import { isMetricId, METRIC_IDS } from '../catalogue.js';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const ID = /^met_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Spelled as the ids of the built-ins are, so that a name needs no escaping in a path. */
const RULE = 'A name has 1 to 64 characters of a-z, 0-9 and _, and begins with a letter';

export function isNamedMetricId(text: string): boolean {
  return ID.test(text);
}

/**
 * Whether a named metric can have this name. One that has got it keeps it, should a later built-in be called so too.
 */
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

const LISTED_NAMES = 50;

/** 422 `unknown_metric`: the nearest name, and what there is. `names`: the named metrics of the property. */
export function unknownMetric(requested: string, names: readonly string[], pointer: string): Failure {
  const meant = nearest(requested.slice(0, 64), [...METRIC_IDS, ...names]);
  const question = meant === undefined ? '' : ` Did you mean ${quoted(meant)}?`;
  const rest = names.length > LISTED_NAMES ? ` and ${names.length - LISTED_NAMES} more` : '';
  const own = names.length > 0 ? ` Its own are ${listed(names.slice(0, LISTED_NAMES))}${rest}.` : '';
  const detail = `There is no metric ${quoted(requested)}.${question}${own} The built-in ones are ${listed(METRIC_IDS)}.`;
  return invalid('unknown_metric', pointer, detail);
}
