import { createHash } from 'node:crypto';
import { canonicalText } from '../canonical-text.js';
import type { CanonicalCohort, SavedDefinition } from './definition.js';

/** The name of a definition: SHA-256, lower-case hex, of its canonical form as RFC 8785 JSON. */
export function definitionHash(definition: CanonicalCohort | SavedDefinition): string {
  return createHash('sha256').update(canonicalText(definition)).digest('hex');
}
