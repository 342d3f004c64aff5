import type { ChangeDraft } from '../storage/records.js';
import { requireText } from './names.js';
import { Trackable, unattended, type Recorder } from './trackable.js';

const SEPARATOR = '-->';
const MAX_NAME = 200;
const MAX_LIST = 1_000;

/** A checkpoint that is none of the sequence. */
export class UnknownCheckpoint extends Error {
  override readonly name: string = 'UnknownCheckpoint';
}

/**
 * Checkpoints that are reached one after the other. It is completed when the last of those that were reached, as many
 * as it has, are its own in their order; then all begins anew.
 */
export class Sequence extends Trackable {
  /** In their order. */
  readonly checkpoints: readonly string[];

  /** @throws TypeError for a list that the server would not take */
  constructor(name: string, checkpoints: readonly string[], recorder: Recorder) {
    super('sequence', name, recorder);
    this.checkpoints = checkedList(name, checkpoints);
  }

  /** How often it has been completed. */
  get completions(): number {
    return this.total;
  }

  /** The last checkpoints that were reached, not more than it has. */
  get reached(): readonly string[] {
    return this.figure?.reached ?? [];
  }

  /** The last of them; null: none. */
  get checkpoint(): string | null {
    return this.reached.at(-1) ?? null;
  }

  /** @throws UnknownCheckpoint */
  reach(checkpoint: string): Promise<void> {
    return this.#reachAll([this.#known(checkpoint)]);
  }

  /** Reaches all from the first to this one. @throws UnknownCheckpoint */
  advanceTo(checkpoint: string): Promise<void> {
    const place = this.checkpoints.indexOf(this.#known(checkpoint));
    return this.#reachAll(this.checkpoints.slice(0, place + 1));
  }

  /** Takes the last one back. @returns which; null: there was none */
  removeLast(): Promise<string | null> {
    const { checkpoint } = this;
    if (checkpoint === null) return Promise.resolve(null);
    return unattended(this.#keep(this.reached.slice(0, -1)).then(() => checkpoint));
  }

  /** Takes all of them back. */
  clear(): Promise<void> {
    return this.reached.length === 0 ? Promise.resolve() : this.#keep([]);
  }

  #keep(reached: readonly string[]): Promise<void> {
    return this.recorder.record([this.draft(this.completions, { changes: this.changes, reached })]);
  }

  #reachAll(checkpoints: readonly string[]): Promise<void> {
    let { reached, completions } = this;
    const drafts: ChangeDraft[] = [];
    for (const checkpoint of checkpoints) {
      reached = [...reached, checkpoint].slice(-this.checkpoints.length);
      const isBegun = reached.every((name, i) => name === this.checkpoints[i]);
      const position = isBegun ? reached.length : this.checkpoints.indexOf(checkpoint) + 1;
      const isCompleted = isBegun && reached.length === this.checkpoints.length;
      if (isCompleted) [reached, completions] = [[], completions + 1];
      const completed = isCompleted ? { completed: this.checkpoints } : {};
      drafts.push(this.draft(completions, { changes: completions, reached, checkpoint, position, ...completed }));
    }
    return this.recorder.record(drafts);
  }

  #known(checkpoint: string): string {
    if (this.checkpoints.includes(checkpoint)) return checkpoint;
    throw new UnknownCheckpoint(`${checkpoint} is no checkpoint of ${this.name}: ${this.checkpoints.join(SEPARATOR)}`);
  }
}

/** As events and reports write it. */
export function joinedCheckpoints(checkpoints: readonly string[]): string {
  return checkpoints.join(SEPARATOR);
}

function checkedList(name: string, checkpoints: readonly string[]): readonly string[] {
  if (checkpoints.length === 0) throw new TypeError(`The sequence ${name} has no checkpoints`);
  for (const checkpoint of checkpoints) {
    requireText(checkpoint, 'A checkpoint', MAX_NAME);
    if (checkpoint.includes(SEPARATOR)) throw new TypeError(`A checkpoint has no ${SEPARATOR} in it: ${checkpoint}`);
  }
  if (joinedCheckpoints(checkpoints).length > MAX_LIST)
    throw new TypeError(`The checkpoints of ${name} have more than ${MAX_LIST} characters in all`);
  return Object.freeze([...checkpoints]);
}
