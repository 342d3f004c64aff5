import type { ChangeDraft, Figure, Kind, Value } from '../storage/records.js';

/** Where changes go, and where figures come from. */
export interface Recorder {
  figure(kind: Kind, name: string): Figure | undefined;
  /** Never throws; the promise is rejected with a TrackerProblem, and may be left alone. */
  record(drafts: readonly ChangeDraft[]): Promise<void>;
}

/** The promise itself. Nobody need wait for it: where nobody does, its rejection does not end the process. */
export function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/**
 * What all of them have in common. A change is there as soon as the call returns; it outlives the process then, and the
 * machine once the promise is fulfilled. Where it cannot be written, it is not made, and the promise is rejected.
 */
export abstract class Trackable {
  constructor(
    readonly kind: Kind,
    readonly name: string,
    protected readonly recorder: Recorder,
  ) {}

  /** As it was declared last; empty: it was not given. */
  get description(): string {
    return this.figure?.description ?? '';
  }

  /** How often it has changed. */
  get changes(): number {
    return this.figure?.changes ?? 0;
  }

  /** The newest changes, the oldest first: when, and the value after it. As many as the tracker keeps. */
  get history(): readonly { readonly at: Date; readonly value: Value }[] {
    return (this.figure?.history ?? []).map(([at, value]) => ({ at: new Date(at), value }));
  }

  protected get figure(): Figure | undefined {
    return this.recorder.figure(this.kind, this.name);
  }

  /** The total of what is a number. */
  protected get total(): number {
    return Number(this.figure?.value ?? 0);
  }

  /** The mean of the changes of a total; null: there was none. */
  protected get mean(): number | null {
    return this.changes === 0 ? null : this.total / this.changes;
  }

  protected draft(value: Value, about: Partial<ChangeDraft>): ChangeDraft {
    return { kind: this.kind, name: this.name, value, changes: this.changes + 1, ...about };
  }

  /** Nothing where that is no change. @throws RangeError for a total that is no finite number */
  protected changeTotal(value: number, by: number): Promise<void> {
    if (!Number.isFinite(value)) throw new RangeError(`The ${this.kind} ${this.name} cannot be ${value}`);
    return value === this.total ? Promise.resolve() : this.recorder.record([this.draft(value, { by })]);
  }
}
