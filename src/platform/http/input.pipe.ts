import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isObject } from '../../core/json-shape.js';
import { Failure, invalid, pointerTo, type FieldError } from '../../core/failure.js';
import { getMetadataStorage, type ValidationError } from 'class-validator';

/**
 * class-transformer copies every value, at 0.5 µs each: bodies with long lists are checked by hand instead of by a DTO.
 */
const MAX_VALUES = 10_000;

const OPTIONS = {
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  stopAtFirstError: true,
  // From the target the message knows which fields there are.
  validationError: { target: true },
};

/**
 * Checks bodies and queries against their DTO classes: unknown fields are errors, nothing is coerced unless the DTO
 * says so.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly body = new ValidationPipe({ ...OPTIONS, exceptionFactory: bodyFailure });
  private readonly query = new ValidationPipe({ ...OPTIONS, exceptionFactory: queryFailure });
  /** What a query without parameters is, by its DTO class, where none is needed: most requests have none. */
  private readonly emptyQueries = new Map<unknown, object>();

  /**
   * @throws Failure unknown_field, invalid_field with JSON Pointers and body_too_complex for a body, invalid_parameter
   * for a query
   */
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'query') return await this.transformQuery(value, metadata);
    if (metadata.type === 'body' && isDto(metadata.metatype)) refuseUnfit(value);
    return await this.body.transform(value, metadata);
  }

  private async transformQuery(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const isEmpty = isObject(value) && Object.keys(value).length === 0;
    if (!isEmpty || !isDto(metadata.metatype)) return await this.query.transform(value, metadata);
    const known = this.emptyQueries.get(metadata.metatype);
    if (known !== undefined) return known;
    const query: object = Object.freeze(await this.query.transform(value, metadata));
    this.emptyQueries.set(metadata.metatype, query);
    return query;
  }
}

function refuseUnfit(value: unknown): void {
  if (value !== undefined && !isObject(value)) {
    throw invalid('invalid_field', '', 'The body must be a JSON object.');
  }
  if (countValues(value, MAX_VALUES) > MAX_VALUES) {
    throw new Failure('body_too_complex', `The body has more than ${MAX_VALUES} values. Send fewer.`);
  }
}

/** Stops counting past `enough`. The depth has been limited before. */
function countValues(value: unknown, enough: number): number {
  if (typeof value !== 'object' || value === null) {
    return 1;
  }
  let count = 1;
  for (const item of Object.values(value)) {
    count += countValues(item, enough - count);
    if (count > enough) {
      break;
    }
  }
  return count;
}

function isDto(metatype: ArgumentMetadata['metatype']): boolean {
  return metatype !== undefined && ![Object, Array, String, Number, Boolean].some((builtIn) => metatype === builtIn);
}

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
