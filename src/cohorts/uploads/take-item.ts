import { isObject } from '../../core/json-shape.js';
import { LongNumber, spelledJson } from './long-number.js';
import type { UploadRows } from './upload-rows.js';

/** The row of one item of JSON: an id, or an object of which `user` counts. `spell` tells what stands in a row that names nobody. */
export function takeItem(
  item: unknown,
  rows: Pick<UploadRows, 'take' | 'refuse'>,
  spell: (item: unknown) => string = spelledJson,
): void {
  if (typeof item === 'string') return rows.take(item);
  if (item instanceof LongNumber || !isObject(item)) return rows.refuse('not_a_text', spell(item));
  const { user } = item;
  if (typeof user === 'string') return rows.take(user);
  rows.refuse(user === undefined ? 'missing_user' : 'not_a_text', spell(item));
}
