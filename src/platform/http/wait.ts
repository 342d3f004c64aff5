import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { invalidParameter } from '../../core/failure.js';

/** The longest time for which a response is held back, in seconds. */
const MAX_WAIT_S = 60;

/**
 * How long to wait for the end of something, and whether the `Prefer` header requested it: then `Preference-Applied`
 * confirms it.
 */
export interface Wait {
  readonly ms: number;
  readonly preferred: boolean;
}

/** `wait` for the documents. */
export const WAIT_PARAMETER = {
  type: 'number',
  minimum: 0,
  maximum: MAX_WAIT_S,
  default: 0,
  description: 'Seconds to wait for the end. `Prefer: wait=` does the same.',
} as const;

/** Query of every route whose response can be held back until something ends; `CurrentWait` reads it. */
export class WaitQuery {
  @ApiPropertyOptional(WAIT_PARAMETER)
  @IsOptional()
  @IsString()
  wait?: string;
}

/**
 * How long a call waits, as a parameter of a handler; `defaultS` seconds where neither `wait` nor `Prefer` is given.
 */
export const CurrentWait = createParamDecorator((defaultS: number | undefined, context: ExecutionContext): Wait => {
  const { query, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return waitOf((query as { wait?: string }).wait, [headers.prefer ?? []].flat().join(', '), defaultS);
});

/**
 * `?wait=` is a part of our interface: any value but 0 to 60 is an error. `Prefer: wait=` (RFC 7240) is a wish: a
 * longer one is cut, one that cannot be read is ignored. The query takes precedence.
 * @throws Failure invalid_parameter
 */
export function waitOf(query: string | undefined, prefer: string | undefined, defaultS = 0): Wait {
  if (query !== undefined) return { ms: seconds(query) * 1000, preferred: false };
  const wish = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  if (wish === undefined) return { ms: defaultS * 1000, preferred: false };
  return { ms: Math.min(MAX_WAIT_S, Number(wish)) * 1000, preferred: true };
}

function seconds(text: string): number {
  const value = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (value <= MAX_WAIT_S) return value;
  throw invalidParameter('wait', `wait is the number of seconds to wait for the end, from 0 to ${MAX_WAIT_S}.`);
}
