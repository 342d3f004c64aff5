import type { AnswerDto } from './answer.dto.js';
import type { RunEntity } from '../run/run.entity.js';

/**
 * Names what an answer says of its run, apart from the time that passes: the id of its server-sent event, and the ETag of its GET. Two answers to one request
 * with one version differ in nothing but `elapsed_ms` and the estimate.
 */
export function answerVersion({ id, attempt }: RunEntity, { status, moved, progress }: AnswerDto): string {
  const detail = progress ? [progress.queue_position, progress.rows_read, progress.rows_to_read] : moved;
  return [id, attempt, status, ...detail.map((part) => part ?? '-')].join('.');
}

/** The version as an ETag: strong where the answer does not change any more by itself, weak while time is told in it. */
export function etagOf(version: string, { progress }: AnswerDto): string {
  return progress === null ? `"${version}"` : `W/"${version}"`;
}

/** Whether an `If-None-Match` header names the ETag; compared weakly, as RFC 9110 says. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const names = ifNoneMatch.split(',').map((name) => name.trim().replace(/^W\//, ''));
  return names.includes('*') || names.includes(etag.replace(/^W\//, ''));
}
