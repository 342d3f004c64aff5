import { Failure, type FieldError } from '../../failure.js';
import { listed, quoted } from '../../json-shape.js';
import type { MetricDefinition } from '../../metric/define-metric.js';
import type { MetricParameter } from '../../metric/parameter.js';
import { nearest } from '../../nearest.js';
import { Problems } from '../../problems.js';
import { ANCESTOR_NAMES, parseAncestorSeries, parseAncestorWindow } from './link-ancestors.js';
import { LinkBody } from './link-body.js';
import { durationOf, parseParamText, wrongParameter } from './link-values.js';
import { implyKinds, LINK_FIELDS } from './link-fields.js';

/** A request as a link says it: the cohort and the metric by the path, the rest by the query, each parameter once. */
export interface Link {
  /** Its value in the body. */
  readonly cohort: unknown;
  /** What the part of the path is called that names the cohort. */
  readonly cohortParameter: string;
  readonly metric: string;
  readonly query: Readonly<Record<string, string>>;
}

export interface LinkedRequest {
  /** The body of POST /requests that means the same. */
  readonly body: Readonly<Record<string, unknown>>;
  /**
   * A refusal of that body in terms of the link: by its parameters, and 404 for an unknown cohort or metric of the
   * path.
   */
  asLinkFailure(failure: Failure): Failure;
}

/**
 * The request that a link stands for. `definition` is of the metric, or of the built-in of a named one: its parameters
 * decide how texts are read. 400 `invalid_parameter`, of everything at once: for a parameter that is not known, has no
 * value or cannot be read, and for two that say the same.
 */
export function linkedRequest(link: Link, definition: MetricDefinition): LinkedRequest {
  const body = new LinkBody();
  body.set(['cohort'], link.cohort, link.cohortParameter);
  body.set(['metric'], link.metric, 'metric');
  const query = new Map(Object.entries(link.query));
  const problems = new Problems();
  for (const [name, text] of query) problems.take(() => say(body, definition, name, text));
  problems.take(() => parseAncestorWindow(body, query, definition));
  problems.take(() => parseAncestorSeries(body, query));
  problems.throwIfAny();
  implyKinds(body);
  return { body: body.value, asLinkFailure: (failure) => asLinkFailure(body, failure) };
}

function say(body: LinkBody, definition: MetricDefinition, name: string, text: string): void {
  if (text === '' && name !== 'time_series') throw wrongParameter(name, `${quoted(name)} has no value.`);
  const field = Object.hasOwn(LINK_FIELDS, name) ? LINK_FIELDS[name] : undefined;
  if (field) return field(body, text, name);
  const parameter = Object.hasOwn(definition.parameters, name) ? definition.parameters[name] : undefined;
  if (parameter) return sayParam(body, name, parameter, text);
  if (!ANCESTOR_NAMES.some((known) => known === name)) throw unknownParameter(name, definition);
}

/** The metric's `t` may be hours, as the ancestor's. */
function sayParam(body: LinkBody, name: string, parameter: MetricParameter, text: string): void {
  const value = name === 't' ? durationOf(name, text) : parseParamText(name, parameter.schema, text);
  body.set(['params', name], value, name);
}

function unknownParameter(name: string, { id, parameters }: MetricDefinition): Failure {
  const own = Object.keys(parameters);
  const known = [...Object.keys(LINK_FIELDS), ...ANCESTOR_NAMES, 'wait'];
  const meant = nearest(name.slice(0, 64), [...own, ...known]);
  const question = meant === undefined ? '' : ` Did you mean ${quoted(meant)}?`;
  const detail = `${quoted(name)} is not a known parameter.${question} ${id} has ${listed(own) || 'none'}; every link takes ${listed(known)}.`;
  return wrongParameter(name, detail);
}

/** A refusal of the body in terms of its link. */
export function asLinkFailure(body: LinkBody, { code, detail, errors, extra }: Failure): Failure {
  const isOfPath = code === 'unknown_cohort' || code === 'unknown_metric';
  const reported = errors.map(({ pointer, ...rest }): FieldError => {
    return pointer === undefined ? rest : { pointer, parameter: body.parameterOf(pointer), detail: rest.detail };
  });
  return new Failure(isOfPath ? 'not_found' : code, detail, reported, extra);
}
