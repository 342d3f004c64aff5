import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { Produces } from '../platform/http/negotiation.js';
import { exportContent, EXPORT_TYPES } from './export-format.js';

/** A list of `item`, paged as JSON of `page` and whole in every other format. */
export function ApiList(item: Type, page: object): MethodDecorator {
  return applyDecorators(
    Produces(...EXPORT_TYPES),
    ApiExtraModels(item),
    ApiOkResponse({
      description: 'A page as JSON, or all of the list, by `Accept` or `format`.',
      content: exportContent({ ...page }, { $ref: getSchemaPath(item) }),
      headers: { Link: { description: 'The next page: <...>; rel="next"', schema: { type: 'string' } } },
    }),
  ) as MethodDecorator;
}
