import { createHash } from 'node:crypto';
import { isNameWarning } from '../../core/schema/name-warnings.js';
import { plainTag } from '../../platform/http/compression.js';
import type { AnswerDto } from './answer.dto.js';
import type { RunEntity } from '../run/run.entity.js';

/**
 * Names what an answer says of its run, apart from the time that passes: the id of its server-sent event, and the ETag of its GET. Two answers to one request
 * with one version differ in nothing but `elapsed_ms` and the estimate.
 */
export function answerVersion({ id, attempt }: RunEntity, { status, moved, progress, warnings }: AnswerDto): string {
  const detail = progress ? [progress.queue_position, progress.rows_read, progress.rows_to_read] : moved;
  // What has not come in may come in, and the result stays.
  const named = warnings.filter(({ code }) => isNameWarning(code)).map((warning) => warning.detail);
  const names = named.length === 0 ? [] : [createHash('sha256').update(named.join('\n')).digest('hex').slice(0, 12)];
  return [id, attempt, status, ...detail.map((part) => part ?? '-'), ...names].join('.');
}

/** The version as an ETag: strong where the answer does not change any more by itself, weak while time is told in it. */
export function etagOf(version: string, { progress }: AnswerDto): string {
  return progress === null ? `"${version}"` : `W/"${version}"`;
}

/**
 * The tag of the answer in the coding in which an `If-None-Match` header names it; compared weakly, as RFC 9110 says. Null: it does not.
 */
export function matchOf(ifNoneMatch: string | undefined, etag: string): string | null {
  if (ifNoneMatch === undefined) return null;
  const names = ifNoneMatch.split(',').map((name) => name.trim());
  if (names.includes('*')) return etag;
  const known = names.find((name) => weakly(plainTag(name)) === weakly(etag));
  if (known === undefined) return null;
  return etag === weakly(etag) ? weakly(known) : etag;
}

function weakly(tag: string): string {
  return tag.replace(/^W\//, '');
}
