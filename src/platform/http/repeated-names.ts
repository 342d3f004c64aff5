import { Failure, pointerTo } from '../../core/failure.js';
import type { JsonValue } from '../../core/json.js';

/** Members of all objects of a value. */
export function membersOf(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 0;
  let members = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const item of Object.values(value) as JsonValue[]) members += membersOf(item);
  return members;
}

/** An object or a list that is open at some place of a text. */
interface Open {
  readonly names: Set<string> | null;
  readonly pointer: string;
  /** The member or element that comes. */
  at: string | number;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g;

/**
 * The failure of a valid JSON text of which one object has a name twice: a parser keeps the last of both without a word, and the sender may have meant the other.
 * Slow: to be called where a name is known to stand twice.
 */
export function repeatedName(text: string): Failure {
  const open: Open[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    const here = open.at(-1);
    if (token === '{' || token === '[') {
      const pointer = here === undefined ? '' : pointerTo(here.pointer, here.at);
      open.push({ names: token === '{' ? new Set() : null, pointer, at: 0 });
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ',') {
      if (here?.names === null && typeof here.at === 'number') here.at += 1;
    } else if (token === ':') {
      const name = JSON.parse(last) as string;
      if (here === undefined || here.names === null) continue;
      if (here.names.has(name)) return twice(name, here.pointer);
      here.names.add(name);
      here.at = name;
    } else {
      last = token;
    }
  }
  return new Failure('invalid_field', 'A name stands twice in an object of the body. Give it once.');
}

function twice(name: string, parent: string): Failure {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  const detail = `${JSON.stringify(shown)} stands twice in one object. Give it once.`;
  return new Failure('invalid_field', detail, [
    { pointer: name.length > 200 ? parent : pointerTo(parent, name), detail },
  ]);
}
