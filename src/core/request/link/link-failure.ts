import { Failure } from '../../failure.js';

/** A query parameter that cannot be read: 400 `invalid_parameter`. `others` are those that it does not go with. */
export function wrongParameter(parameter: string, detail: string, others: readonly string[] = []): Failure {
  const errors = [parameter, ...others].map((name) => ({ parameter: name.slice(0, 100), detail }));
  return new Failure('invalid_parameter', detail, errors);
}
