import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isObject } from '../../core/json-shape.js';
import { Failure, invalid } from '../../core/failure.js';
import { bodyFailure, queryFailure } from './validation-failure.js';

/** class-transformer copies every value, at 0.5 µs each: bodies with long lists are checked by hand instead of by a DTO. */
const MAX_VALUES = 10_000;

const OPTIONS = {
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  stopAtFirstError: true,
  // From the target the message knows which fields there are.
  validationError: { target: true },
};

/** Checks bodies and queries against their DTO classes: unknown fields are errors, nothing is coerced unless the DTO says so. */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly body = new ValidationPipe({ ...OPTIONS, exceptionFactory: bodyFailure });
  private readonly query = new ValidationPipe({ ...OPTIONS, exceptionFactory: queryFailure });
  /** What a query without parameters is, by its DTO class, where none is needed: most requests have none. */
  private readonly emptyQueries = new Map<unknown, object>();

  /** @throws Failure unknown_field, invalid_field with JSON Pointers and body_too_complex for a body, invalid_parameter for a query */
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
    throw new Failure('body_too_complex', `The body has more than ${MAX_VALUES} values.`);
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
