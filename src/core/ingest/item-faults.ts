import { pointerTo } from '../failure.js';
import type { ItemFault, ItemFaultKind, RejectionCode } from './rejection.js';
import type { TextSpan } from './text-span.js';

/** Longer keys are cut in pointers: an answer must not grow with them. */
const POINTER_KEY_CHARACTERS = 200;
/** More than an item of names that are all known can have; an item of a megabyte may have a hundred thousand that are not. */
const MAX_FAULTS = 300;

/** A fault without its place: an item that is none at all. */
export function wholeItemFault(code: RejectionCode): ItemFault {
  return { code, pointer: '', lack: null, value: null };
}

/** All that is wrong with the item that is being read. */
export class ItemFaults {
  #list: ItemFault[] = [];
  /** How many there are that are not in `list`. */
  omitted = 0;

  get any(): boolean {
    return this.#list.length > 0;
  }

  /** Valid until the next item. */
  get list(): readonly ItemFault[] {
    return this.#list;
  }

  clear(): void {
    if (this.#list.length === 0) return;
    this.#list = [];
    this.omitted = 0;
  }

  /** `place`: the field, and the name within it. */
  add(
    code: RejectionCode,
    place: readonly (string | TextSpan)[],
    lack: ItemFaultKind | null = null,
    value?: TextSpan,
  ): void {
    if (this.#list.length === MAX_FAULTS) {
      this.omitted++;
      return;
    }
    const pointer = pointerTo('', ...place.map((token) => (typeof token === 'string' ? token : cut(token))));
    this.#list.push({ code, pointer, lack, value: value === undefined ? null : shortened(value) });
  }

  /** The item is nothing of which places could be told. */
  replaceBy(code: RejectionCode): void {
    this.omitted = 0;
    this.#list = [wholeItemFault(code)];
  }
}

function cut(key: TextSpan): string {
  return Array.from(key.toString().slice(0, 2 * POINTER_KEY_CHARACTERS))
    .slice(0, POINTER_KEY_CHARACTERS)
    .join('');
}

/** So much as can be told of it. */
function shortened({ bytes, start, end }: TextSpan): string {
  return bytes.toString('utf8', start, Math.min(end, start + 1_000));
}
