import { Failure } from '../../core/failure.js';
import { plainTag } from './compression.js';

/** The entity tag of a version: strong, since one version has one representation; compressed it has a tag of its own. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Guards a change against one that the caller has not seen (RFC 9110, 13.1.1). Without the header nothing is guarded; a weak tag never matches.
 *
 * @throws Failure precondition_failed
 */
export function refuseOtherVersion(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const current = etagOf(version);
  if (ifMatch.split(',').some((tag) => plainTag(tag.trim()) === current)) return;
  throw new Failure(
    'precondition_failed',
    `The current version has the ETag ${current}: GET it, look at what has changed, and send If-Match: ${current}.`,
  );
}
