import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { FastifyRequest } from 'fastify';
import { invalidParameter } from '../../core/failure.js';
import { Transform } from 'class-transformer';

type RouteArguments = Readonly<Record<string, { readonly data?: unknown }>>;

/** Nest's number for `@Query()` in the keys of the argument metadata (`4:0`: a query at index 0). */
const QUERY_ARGUMENT = '4:';

/**
 * A query parameter that nobody reads would be a wish silently ignored: repeated parameters are refused on every route,
 * as are texts that cannot be decoded, and unknown ones on routes whose handler takes no query DTO (with one, InputPipe
 * does).
 *
 * @throws Failure invalid_parameter
 */
@Injectable()
export class QueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const query = request.query as Record<string, unknown>;
    const names = Object.keys(query);
    if (names.length > 0) {
      refuseAny(undecodable(request.url), () => true, 'holds a percent-encoding that is not valid UTF-8.');
      refuseAny(names, (name) => Array.isArray(query[name]), 'is given more than once. Give it once.');
      refuseAny(names, (name) => String(query[name]).includes('\0'), 'holds a NUL character.');
      refuseUnknown(names, queryArguments(context));
    }
    return true;
  }
}

/**
 * Names of parameters, as they stand in the address, that the parser of queries has left undecoded: `%ff` would be
 * taken for a text of three characters.
 */
function undecodable(url: string): readonly string[] {
  const start = url.indexOf('?');
  if (start === -1 || !url.includes('%', start)) return [];
  const pairs = url.slice(start + 1).split('&');
  return pairs.filter((pair) => !isDecodable(pair)).map((pair) => pair.split('=', 1)[0] ?? pair);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Names that the handler takes one by one; null: it takes the whole query, checked by its DTO. */
function queryArguments(context: ExecutionContext): readonly string[] | null {
  const handler = context.getHandler().name;
  const all = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler) ?? {}) as RouteArguments;
  const queries = Object.entries(all).filter(([key]) => key.startsWith(QUERY_ARGUMENT));
  const names = queries.map(([, argument]) => argument.data);
  return names.includes(undefined) ? null : names.map(String);
}

function refuseUnknown(names: readonly string[], known: readonly string[] | null): void {
  if (known !== null) {
    const right = known.length === 0 ? 'this path takes none' : `known here: ${known.join(', ')}`;
    refuseAny(names, (name) => !known.includes(name), `is not a known query parameter; ${right}.`);
  }
}

function refuseAny(names: readonly string[], isWrong: (name: string) => boolean, what: string): void {
  const wrong = names.find(isWrong);
  if (wrong !== undefined) {
    const parameter = wrong.slice(0, 100);
    throw invalidParameter(parameter, `${JSON.stringify(parameter)} ${what}`);
  }
}

/**
 * A query parameter of decimal digits as a number; everything else stays text, for the validators to refuse (`Number`
 * would take ` 1e3`).
 */
export function WholeNumber(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );
}
