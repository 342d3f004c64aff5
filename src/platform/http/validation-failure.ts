import { getMetadataStorage, type ValidationError } from 'class-validator';
import { Failure, pointerTo, type FieldError } from '../../core/failure.js';

interface Fault {
  readonly path: readonly string[];
  readonly unknown: boolean;
  readonly detail: string;
}

/** 422 with a JSON Pointer for each place in the body that is wrong; `unknown_field` as soon as one is not known. */
export function bodyFailure(errors: ValidationError[]): Failure {
  const faults = faultsOf(errors, []);
  const places: FieldError[] = faults.map(({ path, detail }) => ({ pointer: pointerTo('', ...path), detail }));
  const code = faults.some(({ unknown }) => unknown) ? 'unknown_field' : 'invalid_field';
  return new Failure(code, summary(faults), places);
}

/** 400 that names the query parameters that are wrong. */
export function queryFailure(errors: ValidationError[]): Failure {
  const faults = faultsOf(errors, []);
  const places: FieldError[] = faults.map(({ path, detail }) => ({ parameter: path[0] ?? '', detail }));
  return new Failure('invalid_parameter', summary(faults), places);
}

function summary(faults: readonly Fault[]): string {
  const first = faults[0]?.detail ?? 'The input is not valid.';
  return faults.length > 1 ? `${first} ${faults.length - 1} more in errors.` : first;
}

function faultsOf(errors: readonly ValidationError[], parents: readonly string[]): Fault[] {
  return errors.flatMap((error) => {
    const path = [...parents, error.property];
    const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) =>
      faultOf(error, path, constraint, message),
    );
    return [...own, ...faultsOf(error.children ?? [], path)];
  });
}

function faultOf(error: ValidationError, path: readonly string[], constraint: string, message: string): Fault {
  if (constraint === 'whitelistValidation') {
    return { path, unknown: true, detail: unknownDetail(error) };
  }
  return { path, unknown: false, detail: sentence(message) };
}

function unknownDetail({ property, target }: ValidationError): string {
  const known = target === undefined ? [] : fieldsOf(target.constructor);
  const name = JSON.stringify(property.slice(0, 100));
  return known.length === 0
    ? `Unknown: ${name}; nothing is taken here.`
    : `Unknown: ${name}. Known here: ${known.join(', ')}.`;
}

function fieldsOf(dto: Function): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))].sort();
}

/** class-validator's messages begin in lower case, with the name of the field. */
function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
