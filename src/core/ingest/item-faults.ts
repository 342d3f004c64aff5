import { pointerTo } from '../failure.js';
import { faultDetail, type ItemFault, type ItemFaultKind, type RejectionCode } from './rejection.js';
import type { TextSpan } from './text-span.js';

/** Longer keys are cut in pointers: an answer must not grow with them. */
const POINTER_KEY_CHARACTERS = 200;
/**
 * More than an item of names that are all known can have; an item of a megabyte may have a hundred thousand that are
 * not.
 */
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

  /** The item is nothing of which places could be named. */
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

/** As much as can be said of it. */
function shortened({ bytes, start, end }: TextSpan): string {
  return bytes.toString('utf8', start, Math.min(end, start + 1_000));
}

/** The same fault of many items. `indexes` count the items of the body from 0, and are the first ones. */
export interface FaultGroup {
  readonly code: RejectionCode;
  readonly pointer: string;
  readonly detail: string;
  readonly count: number;
  readonly indexes: readonly number[];
}

/** What a body's answer tells of its faults. */
export interface ReportedFaults {
  readonly errors: readonly FaultGroup[];
  /** Faults that no index tells of; absent: there is none. */
  readonly errors_omitted?: number;
}

export const FAULT_LIMITS = { groups: 100, indexes: 100 } as const;

interface Group {
  readonly fault: ItemFault;
  readonly indexes: number[];
  count: number;
}

/** Gathers the faults of the items of one body: all are counted, and memory is bounded. */
export class FaultGroups {
  readonly #groups = new Map<string, Group>();
  #omitted = 0;
  /** Items that were not taken. */
  items = 0;

  /** What is wrong with one item, the next by its index. */
  add(index: number, { list, omitted }: { readonly list: readonly ItemFault[]; readonly omitted: number }): void {
    this.items++;
    this.#omitted += omitted;
    for (const fault of list) this.#count(index, fault);
  }

  /** In the order in which they came up. */
  report(): ReportedFaults {
    const errors = [...this.#groups.values()].map(({ fault, indexes, count }) => ({
      code: fault.code,
      pointer: fault.pointer,
      detail: faultDetail(fault),
      count,
      indexes,
    }));
    return { errors, ...(this.#omitted > 0 && { errors_omitted: this.#omitted }) };
  }

  #count(index: number, fault: ItemFault): void {
    const key = `${fault.code} ${fault.lack ?? ''} ${fault.pointer}`;
    let group = this.#groups.get(key);
    if (group === undefined && this.#groups.size < FAULT_LIMITS.groups) {
      group = { fault, indexes: [], count: 0 };
      this.#groups.set(key, group);
    }
    if (group !== undefined) group.count++;
    if (group !== undefined && group.indexes.length < FAULT_LIMITS.indexes) group.indexes.push(index);
    else this.#omitted++;
  }
}
