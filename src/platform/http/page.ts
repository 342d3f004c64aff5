import { invalidParameter, type Failure } from '../../core/failure.js';
import { textProblem } from '../../core/text.js';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { WholeNumber } from './query-parameters.js';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Where the next page starts: the sort key of the last item, as text. */
export type CursorKey = readonly string[];

/** One page of a list. `next_cursor` is null on the last one; `linkNextPage` repeats it as a `Link` header. */
export class Page<T> {
  constructor(
    readonly data: readonly T[],
    readonly next_cursor: string | null,
  ) {}

  map<U>(convert: (item: T, index: number) => U): Page<U> {
    return new Page(this.data.map(convert), this.next_cursor);
  }
}

/**
 * Cuts a page out of what was read, which is one item more than `limit` where there are more. `keyOf` gives an item's
 * sort key.
 */
export function pageOf<T>(items: readonly T[], limit: number, keyOf: (item: T) => CursorKey): Page<T> {
  const data = items.slice(0, limit);
  const last = data.at(-1);
  return new Page(data, items.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null);
}

/** Opaque and safe in a URL; its content is not part of the contract. */
export function encodeCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * The key of a cursor of `length` parts; null where none is given.
 *
 * @throws Failure invalid_parameter where it is not one that this list gave out
 */
export function decodeCursor(cursor: string | undefined, length: number): CursorKey | null {
  if (cursor === undefined) {
    return null;
  }
  const key = parse(cursor);
  if (!isCursorKey(key, length)) {
    throw cursorOfAnotherList();
  }
  return key;
}

/** What a cursor is refused with whose parts no page of the list has given out. */
export function cursorOfAnotherList(): Failure {
  const detail = 'The cursor is not one of this list. Take next_cursor of the page before, or leave it out.';
  return invalidParameter('cursor', detail);
}

function isCursorKey(key: unknown, length: number): key is CursorKey {
  return (
    Array.isArray(key) &&
    key.length === length &&
    key.every((part) => typeof part === 'string' && textProblem(part) === null)
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

const LIMIT = 'limit must be a whole number from 1 to 1000';

/** Query parameters of every list. */
export class PageQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'How many items a page holds at most.',
  })
  @WholeNumber()
  @IsInt({ message: LIMIT })
  @Min(1, { message: LIMIT })
  @Max(1000, { message: LIMIT })
  limit: number = 100;

  @ApiPropertyOptional({ type: String, description: 'next_cursor of the page before; absent: the first page.' })
  @IsOptional()
  @IsString({ message: 'cursor must be next_cursor of the page before' })
  @MaxLength(4000, { message: 'cursor must be next_cursor of the page before' })
  cursor?: string;
}

/** Adds `Link: <...>; rel="next"` to a page that has a next one: the same query with another cursor (RFC 8288). */
export function linkNextPage(request: FastifyRequest, reply: FastifyReply, answer: unknown): void {
  if (answer instanceof Page && answer.next_cursor !== null) {
    reply.header('link', `<${nextUrl(request.url, answer.next_cursor)}>; rel="next"`);
  }
}

function nextUrl(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
