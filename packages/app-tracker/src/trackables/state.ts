import { requireText } from './names.js';
import { Trackable, type Recorder } from './trackable.js';

export interface StateOptions {
  /** The state until it is set first; it is uploaded, and is no change. Absent: none. */
  readonly initial?: string;
  /** Setting the state that is there already is a change too. */
  readonly keepRedundant?: boolean;
}

const MAX_CHARACTERS = 1_000;

/** One of several texts, such as a setting of the user. */
export class State extends Trackable {
  readonly #keepsRedundant: boolean;

  constructor(name: string, options: StateOptions, recorder: Recorder) {
    super('state', name, recorder);
    this.#keepsRedundant = options.keepRedundant ?? false;
    if (options.initial !== undefined) this.#begin(requireText(options.initial, 'A state', MAX_CHARACTERS));
  }

  /** Null: no state. */
  get value(): string | null {
    const value = this.figure?.value ?? null;
    return value === null ? null : String(value);
  }

  /** Null: no state from now on. @throws TypeError for what is no text of 1 to 1,000 characters */
  set(value: string | null): Promise<void> {
    if (value !== null) requireText(value, 'A state', MAX_CHARACTERS);
    if (value === this.value && !this.#keepsRedundant) return Promise.resolve();
    return this.recorder.record([this.draft(value, this.#previous())]);
  }

  /** Another version of the application may begin with another state, as long as nobody has set it. */
  #begin(initial: string): void {
    if (this.changes > 0 || initial === this.value) return;
    this.recorder.record([this.draft(initial, { changes: 0, ...this.#previous() })]).catch(() => undefined);
  }

  #previous(): { readonly previous?: string } {
    return this.value === null ? {} : { previous: this.value };
  }
}
