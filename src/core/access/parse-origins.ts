import { invalid, pointerTo } from '../failure.js';
import { quoted } from '../json-shape.js';

const MAX_ORIGINS = 50;
const HOST = /^(\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const RIGHT =
  'An origin is `https://www.example.org`, with a port where it is not the usual one, or `*.example.org` for all hosts below a name';

/**
 * Origins of a body: each a scheme and a host as browsers send it (RFC 6454), or `*.example.org`.
 * @throws Failure invalid_field
 */
export function parseOrigins(value: unknown, pointer: string): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ORIGINS) {
    const detail = `\`origins\` is a list of 1 to ${MAX_ORIGINS} origins, not ${quoted(value)}.`;
    throw invalid('invalid_field', pointer, detail);
  }
  return [...new Set(value.map((origin: unknown, i) => parseOrigin(origin, pointerTo(pointer, i))))];
}

function parseOrigin(value: unknown, pointer: string): string {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (text.length > 253 || !(text.startsWith('*.') ? isWildcard(text) : isOrigin(text))) {
    throw invalid('invalid_field', pointer, `${RIGHT}; ${quoted(value)} is none.`);
  }
  return text;
}

/** Not `*.org`: a name below a registry is not one owner's. */
function isWildcard(text: string): boolean {
  return HOST.test(text) && text.split('.').length > 2;
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
