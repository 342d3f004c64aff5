import { applyDecorators, HttpCode, Post, type Type } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { RawBody } from '../../platform/http/raw-body.js';
import { IngestAnswerDto } from './ingest-answer.dto.js';

/** A route that takes many items in, whatever form their body has. */
export function PostItems(item: Type): MethodDecorator {
  const schema = { type: 'array', items: { $ref: getSchemaPath(item) } };
  return applyDecorators(
    Post(),
    HttpCode(200),
    RawBody(),
    ApiConsumes('application/json', 'application/x-ndjson', 'text/csv'),
    ApiExtraModels(item),
    ApiBody({ schema, required: true }),
    ApiOkResponse({ type: IngestAnswerDto }),
    ApiProblems(
      'malformed_body',
      'invalid_encoding',
      'invalid_parameter',
      'invalid_field',
      'strict_batch_rejected',
      'too_many_items',
      'storing_failed',
      'engine_unavailable',
      'database_unavailable',
    ),
  );
}
