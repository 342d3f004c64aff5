import { isDeepStrictEqual } from 'node:util';
import type { Figure, Kind } from './storage/records.js';
import { figureKey } from './storage/tracked.js';
import type { TrackerStore } from './storage/tracker-store.js';
import { requireText } from './trackables/names.js';
import { Sequence } from './trackables/sequence.js';
import { State, type StateOptions } from './trackables/state.js';
import { Statistic } from './trackables/statistic.js';
import { Timer } from './trackables/timer.js';
import type { Recorder } from './trackables/trackable.js';

/** One of the four forms. */
export type AnyTrackable = Statistic | State | Timer | Sequence;

const MAX_NAME = 200;

/** The trackables of a tracker: those that this run has declared, and those that runs before have left. */
export class KnownTrackables {
  /** By name: in one run a name is of one kind. */
  readonly #declared = new Map<string, AnyTrackable>();
  /** By `figureKey`: asked for, but not declared. */
  readonly #left = new Map<string, AnyTrackable>();
  readonly #recorder: Recorder;

  constructor(
    private readonly store: TrackerStore,
    private readonly max: number,
  ) {
    this.#recorder = {
      figure: (kind, name) => store.tracked.figures.get(figureKey({ kind, name })),
      record: (drafts) => store.record(drafts),
    };
  }

  /** @throws TypeError where the name is of another kind, or is no name, RangeError where there are too many */
  statistic(name: string, description: string | undefined): Statistic {
    return this.#declare(Statistic, name, description, () => this.#begun(Statistic, 'statistic', name));
  }

  /** @throws as `statistic` */
  state(name: string, description: string | undefined, options: StateOptions): State {
    return this.#declare(State, name, description, () => new State(name, options, this.#recorder));
  }

  /** @throws as `statistic` */
  timer(name: string, description: string | undefined): Timer {
    return this.#declare(Timer, name, description, () => this.#begun(Timer, 'timer', name));
  }

  /** @throws as `statistic`, and TypeError where this run has declared it with other checkpoints */
  sequence(name: string, description: string | undefined, checkpoints: readonly string[]): Sequence {
    const made = new Sequence(name, checkpoints, this.#recorder);
    const sequence = this.#declare(Sequence, name, description, () => made);
    if (isDeepStrictEqual(sequence.checkpoints, checkpoints)) return sequence;
    throw new TypeError(`The sequence ${name} has other checkpoints: ${sequence.checkpoints.join(', ')}`);
  }

  /** Undefined: nobody has declared it. */
  get(name: string): AnyTrackable | undefined {
    return this.#declared.get(name) ?? this.all().find((trackable) => trackable.name === name);
  }

  /** Those that are known, in the order in which they were declared first. */
  all(): readonly AnyTrackable[] {
    return [...this.store.tracked.figures.values()].map((figure) => this.#of(figure));
  }

  /** What was asked for before goes on: a timer may run already, and a statistic knows how it began. */
  #begun<T extends Statistic | Timer>(of: new (name: string, recorder: Recorder) => T, kind: Kind, name: string): T {
    const left = this.#left.get(figureKey({ kind, name }));
    return left instanceof of ? left : new of(name, this.#recorder);
  }

  #of(figure: Figure): AnyTrackable {
    const declared = this.#declared.get(figure.name);
    if (declared?.kind === figure.kind) return declared;
    const key = figureKey(figure);
    const left = this.#left.get(key) ?? this.#made(figure);
    this.#left.set(key, left);
    return left;
  }

  #made({ kind, name, checkpoints = [] }: Figure): AnyTrackable {
    if (kind === 'statistic') return new Statistic(name, this.#recorder);
    if (kind === 'state') return new State(name, {}, this.#recorder);
    return kind === 'timer' ? new Timer(name, this.#recorder) : new Sequence(name, checkpoints, this.#recorder);
  }

  #declare<T extends AnyTrackable>(
    of: new (...args: never[]) => T,
    name: string,
    description: string | undefined,
    make: () => T,
  ): T {
    requireText(name, 'A name', MAX_NAME);
    const known = this.#declared.get(name);
    if (known !== undefined && !(known instanceof of))
      throw new TypeError(`${name} is a ${known.kind} already: a name is of one kind`);
    const made = known ?? make();
    this.#keep(made, description);
    this.#declared.set(name, made);
    return made;
  }

  /** What the folder does not know yet is written to it. */
  #keep(made: AnyTrackable, description: string | undefined): void {
    const { kind, name } = made;
    const figure = this.store.tracked.figures.get(figureKey(made));
    const checkpoints = made instanceof Sequence ? { checkpoints: made.checkpoints } : {};
    if (figure === undefined && this.store.tracked.figures.size >= this.max)
      throw new RangeError(`There are ${this.max} trackables already, and ${name} is none of them`);
    const declared = { kind, name, description: description ?? figure?.description ?? '', ...checkpoints };
    const isKnown =
      figure?.description === declared.description && isDeepStrictEqual(figure.checkpoints, declared.checkpoints);
    if (!isKnown) this.store.declare(declared);
  }
}

/** Those of one kind. */
export function ofKind<T extends AnyTrackable>(all: readonly AnyTrackable[], kind: Kind): readonly T[] {
  return all.filter((trackable): trackable is T => trackable.kind === kind);
}
