import { invalid, type Failure } from '../../failure.js';
import { listed, quoted } from '../../json-shape.js';
import { nearest } from '../../nearest.js';
import { METRIC_IDS } from '../metric.js';

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
