import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isObject } from '../../core/json-shape.js';
import { invalid } from '../../core/failure.js';
import { bodyFailure, queryFailure } from './validation-failure.js';

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

  /** @throws Failure unknown_field and invalid_field with JSON Pointers for a body, invalid_parameter for a query */
  transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && isDto(metadata.metatype) && !isObject(value)) {
      throw invalid('invalid_field', '', 'The body must be a JSON object.');
    }
    return (metadata.type === 'query' ? this.query : this.body).transform(value, metadata);
  }
}

function isDto(metatype: ArgumentMetadata['metatype']): boolean {
  return metatype !== undefined && ![Object, Array, String, Number, Boolean].some((builtIn) => metatype === builtIn);
}
