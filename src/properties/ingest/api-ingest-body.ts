import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';

/** Documents a body of many items. */
export function ApiIngestBody(item: Type): MethodDecorator {
  const schema = { type: 'array', items: { $ref: getSchemaPath(item) } };
  return applyDecorators(ApiExtraModels(item), ApiBody({ schema, required: true })) as MethodDecorator;
}
