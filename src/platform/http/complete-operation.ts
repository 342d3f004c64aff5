import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../../core/error-codes.js';
import { problemResponses, PROBLEMS_EXTENSION, sharedResponses } from './api-problems.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameters = NonNullable<Operation['parameters']>;

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  property: 'Id or slug of the property.',
};

const BODY_CODES: readonly ErrorCode[] = [
  'malformed_body',
  'invalid_encoding',
  'body_too_complex',
  'body_too_large',
  'unsupported_media_type',
];

const REPEAT_CODES: readonly ErrorCode[] = ['idempotency_key_in_use', 'idempotency_key_reused'];

/** Adds what every route under /v1 has: path parameters that no handler takes by name, authentication, and the errors of the edge. */
export function completeOperation(
  operation: Operation & { [PROBLEMS_EXTENSION]?: ErrorCode[] },
  path: string,
): Operation {
  const { [PROBLEMS_EXTENSION]: own = [], ...rest } = operation;
  if (!path.startsWith('/v1/')) {
    return {
      ...rest,
      security: [],
      responses: { ...rest.responses, ...problemResponses(['invalid_parameter', ...own]) },
    };
  }
  return {
    ...rest,
    parameters: [...missingPathParameters(operation, path), ...(operation.parameters ?? [])],
    security: [{ api_key: [] }],
    responses: {
      ...sharedResponses(),
      ...rest.responses,
      ...problemResponses([...edgeCodes(operation, path), ...own]),
    },
  };
}

function edgeCodes(operation: Operation, path: string): ErrorCode[] {
  return [
    'invalid_parameter',
    'not_acceptable',
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(operation.requestBody ? BODY_CODES : []),
    ...(isRepeatable(operation) ? REPEAT_CODES : []),
  ];
}

/** Whether its sender may repeat it with an `Idempotency-Key`. */
function isRepeatable({ parameters = [] }: Operation): boolean {
  return parameters.some((parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key');
}

function missingPathParameters(operation: Operation, path: string): Parameters {
  const declared = new Set(
    (operation.parameters ?? []).map((parameter) => ('name' in parameter ? parameter.name : '')),
  );
  const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return named
    .filter((name) => !declared.has(name))
    .map((name) => ({
      name,
      in: 'path',
      required: true,
      description: PATH_PARAMETERS[name],
      schema: { type: 'string' },
    }));
}
