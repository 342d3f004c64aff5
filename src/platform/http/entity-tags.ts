import { Failure } from '../../core/failure.js';

/** Codings of compressed answers, the preferred one first. */
export const CODINGS = ['br', 'gzip'] as const;

const CODED_TAG = new RegExp(`-(?:${CODINGS.join('|')})"$`);

/** The strong entity tag of a version, which has one representation. */
export function etagOf(version: number | string): string {
  return `"${version}"`;
}

/** The weak entity tag of a version whose answer also holds what changes with time. */
export function weakEtagOf(version: string): string {
  return `W/"${version}"`;
}

/** The tag of the same answer in a coding: a strong tag names one sequence of bytes. */
export function codedTag(tag: string, coding: string): string {
  return tag.startsWith('"') ? `${tag.slice(0, -1)}-${coding}"` : tag;
}

/**
 * What of an `If-None-Match` header names the answer with the tag, whose coding may differ: the tag in the coding that
 * the header names. Compared weakly (RFC 9110, 13.1.2). Null: the header does not name it.
 */
export function matchedTag(ifNoneMatch: string | undefined, etag: string): string | null {
  if (ifNoneMatch === undefined) return null;
  const names = ifNoneMatch.split(',').map((name) => name.trim());
  if (names.includes('*')) return etag;
  const known = names.find((name) => opaque(withoutCoding(name)) === opaque(etag));
  if (known === undefined) return null;
  return etag === opaque(etag) ? opaque(known) : etag;
}

/**
 * Guards a change against one that the caller has not seen (RFC 9110, 13.1.1). Without the header nothing is guarded; a
 * weak tag never matches.
 *
 * @throws Failure precondition_failed
 */
export function refuseOtherVersion(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const current = etagOf(version);
  if (ifMatch.split(',').some((tag) => withoutCoding(tag.trim()) === current)) return;
  throw new Failure(
    'precondition_failed',
    `The current version has the ETag ${current}: GET it, look at what has changed, and send If-Match: ${current}.`,
  );
}

function withoutCoding(tag: string): string {
  return tag.replace(CODED_TAG, '"');
}

/** A tag without its mark of weakness. */
function opaque(tag: string): string {
  return tag.replace(/^W\//, '');
}
