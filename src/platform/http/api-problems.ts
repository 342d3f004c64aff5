import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtension, ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '../../core/error-codes.js';
import { PROBLEM_MEDIA_TYPE } from './problem.js';

/** Where a route's own error codes wait until buildOpenApi turns them into responses. */
export const PROBLEMS_EXTENSION = 'x-problems';

/**
 * Documents the errors a route has of its own. Those every route has (authentication, body, query, property) are added
 * by buildOpenApi.
 */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator {
  return ApiExtension(PROBLEMS_EXTENSION, codes) as MethodDecorator;
}

/** Documents a cursor-paged list of `item`; `more` are schemas of what a page may hold beside it. */
export function ApiPage(item: Type, description: string, more: Readonly<Record<string, object>> = {}): MethodDecorator {
  const link = { description: 'The next page: <...>; rel="next"', schema: { type: 'string' as const } };
  return applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({ description, schema: pageSchema(item, more), headers: { Link: link } }),
  ) as MethodDecorator;
}

/** The schema of a page of `item`, and of `more` beside it. */
export function pageSchema(item: Type, more: Readonly<Record<string, object>> = {}) {
  return {
    type: 'object',
    required: ['data', 'next_cursor'],
    properties: {
      data: { type: 'array', items: { $ref: getSchemaPath(item) } },
      next_cursor: {
        type: 'string',
        nullable: true,
        description: 'Give it as cursor to get the next page; null on the last.',
      },
      ...more,
    },
  };
}

export const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457 problem document. Every error is one; `code` is stable.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'urn:muster:error:<code>' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong, and what would be right.' },
    instance: { type: 'string', format: 'uri', description: 'Names this answer by its request id.' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    errors: {
      type: 'array',
      description: 'The places that are wrong, at most 100.',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901 JSON Pointer into the body.' },
          parameter: { type: 'string', description: 'Query parameter.' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

export interface ProblemResponse {
  description: string;
  content: Record<string, { schema: { $ref: string } }>;
}

/** OpenAPI responses by status, each with the codes that it can carry. */
export function problemResponses(codes: readonly ErrorCode[]): Record<string, ProblemResponse> {
  const statuses = new Set(codes.map((code) => ERROR_CODES[code].status));
  const responses = [...statuses].map((status) => {
    const own = codes.filter((code) => ERROR_CODES[code].status === status);
    return [String(status), problemResponse([...new Set(own)])];
  });
  return Object.fromEntries(responses) as Record<string, ProblemResponse>;
}

function problemResponse(codes: readonly ErrorCode[]): ProblemResponse {
  const description = codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join(' ');
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } };
}

/** Responses that every route under /v1 has, by their names in the document's components. */
export const SHARED_RESPONSES = {
  Unauthenticated: problemResponse(['unauthenticated']),
  TooManyRequests: problemResponse(['too_many_requests']),
  InternalError: problemResponse(['internal_error']),
  Unavailable: problemResponse(['engine_unavailable', 'database_unavailable', 'shutting_down']),
  StorageFull: problemResponse(['storage_full', 'storage_unavailable']),
};

const SHARED_STATUSES: Readonly<Record<string, keyof typeof SHARED_RESPONSES>> = {
  401: 'Unauthenticated',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'Unavailable',
  507: 'StorageFull',
};

/** References to the shared responses by status. */
export function sharedResponses(): Record<string, { $ref: string }> {
  const references = Object.entries(SHARED_STATUSES).map(([status, name]) => [
    status,
    { $ref: `#/components/responses/${name}` },
  ]);
  return Object.fromEntries(references) as Record<string, { $ref: string }>;
}
