import { faultDetail, type ItemFault, type RejectionCode } from './rejection.js';

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
