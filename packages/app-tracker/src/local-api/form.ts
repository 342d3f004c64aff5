import { createHash } from 'node:crypto';
import type { AppTracker } from '../app-tracker.js';
import type { AnyTrackable } from '../known-trackables.js';
import { checked, Fields } from './fields.js';
import { invalidField, LocalFailure } from './local-failure.js';

const MAX_NAME = 200;
const MAX_DESCRIPTION = 1_000;
/** Clients take these segments out of a path before they send it. */
const UNREACHABLE: readonly string[] = ['.', '..'];

/** A trackable as it is answered. */
export interface Shown {
  readonly body: Readonly<Record<string, unknown>>;
  /** Another one after every change that would count twice if it were made again. */
  readonly tag: string;
}

/** What can be done with a trackable: `field` is the one field of the body. */
export interface Action<T> {
  readonly field?: string;
  /** What is answered beside the trackable. */
  run(one: T, fields: Fields): Promise<Readonly<Record<string, unknown>> | void> | void;
}

export interface FormParts<T extends AnyTrackable> {
  /** The field of a new one beside its name and description. */
  readonly field: string;
  all(tracker: AppTracker): readonly T[];
  /** @throws TypeError where the field, RangeError where the number of trackables is wrong */
  declare(tracker: AppTracker, name: string, description: string | undefined, fields: Fields): T;
  /** Brings a new one to the value of its field. */
  begin(one: T, fields: Fields): Promise<void> | void;
  view(one: T): Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, Action<T>>>;
}

/** One of the four forms of trackables over HTTP. */
export class Form<T extends AnyTrackable> {
  constructor(private readonly parts: FormParts<T>) {}

  list(tracker: AppTracker): readonly object[] {
    return this.parts.all(tracker).map((one) => this.#view(one));
  }

  /** @throws LocalFailure not_found */
  read(tracker: AppTracker, name: string): Shown {
    return this.#shown(this.#find(tracker, name));
  }

  /** The value of one attribute; undefined: there is no such attribute. @throws LocalFailure not_found */
  attribute(tracker: AppTracker, name: string, attribute: string): unknown {
    const one = this.#find(tracker, name);
    if (attribute === 'history') return one.history.map(({ at, value }) => ({ at: at.toISOString(), value }));
    const view = new Map(Object.entries(this.#view(one)));
    return view.get(attribute);
  }

  hasAction(action: string): boolean {
    return Object.hasOwn(this.parts.actions, action);
  }

  /**
   * Declares a trackable, once in a run of the tracker. Answered once it is on the disk.
   * @param declared names of this run; one that is taken is added
   * @returns whether the folder did not know it
   * @throws LocalFailure invalid_field, unknown_field, conflict, limit_exceeded, not_written; TrackerProblem
   */
  async declare(tracker: AppTracker, body: unknown, declared: Set<string>): Promise<Shown & { isNew: boolean }> {
    const fields = new Fields(body, ['name', 'description', this.parts.field]);
    const name = fields.text('name', MAX_NAME);
    checked('name', () => requireReachable(name));
    const description = fields.optionalText('description', MAX_DESCRIPTION);
    if (declared.has(name)) throw new LocalFailure('conflict', `There is a trackable ${name} already.`, [TAKEN]);
    const isNew = this.#known(tracker, name) === undefined;
    const one = this.#declared(tracker, name, description, fields);
    declared.add(name);
    try {
      if (one.changes === 0) await this.parts.begin(one, fields);
      await tracker.synced();
      return { ...this.read(tracker, name), isNew };
    } catch (error) {
      declared.delete(name);
      const isLost = error instanceof LocalFailure && error.code === 'not_found';
      throw isLost ? new LocalFailure('not_written', 'The folder cannot be written.') : error;
    }
  }

  /**
   * @param ifMatch tags, one of which the trackable must have; undefined: any
   * @throws LocalFailure not_found, precondition_failed, invalid_field, unknown_field; TrackerProblem
   */
  async act(tracker: AppTracker, name: string, action: string, body: unknown, ifMatch?: string): Promise<Shown> {
    const one = this.#find(tracker, name);
    const found = this.parts.actions[action];
    if (found === undefined) throw new LocalFailure('not_found', `There is no ${action} here.`);
    const { field, run } = found;
    const fields = new Fields(body, field === undefined ? [] : [field]);
    const tags = ifMatch?.split(',').map((tag) => tag.trim());
    if (tags !== undefined && !tags.includes('*') && !tags.includes(tagOf(one)))
      throw new LocalFailure('precondition_failed', `${name} has changed: read it again.`, [
        { parameter: 'If-Match', detail: `It is ${tagOf(one)} now.` },
      ]);
    const beside = await checked(field ?? '', () => run(one, fields));
    const { body: view, tag } = this.#shown(one);
    return { body: { ...view, ...beside }, tag };
  }

  #declared(tracker: AppTracker, name: string, description: string | undefined, fields: Fields): T {
    try {
      return this.parts.declare(tracker, name, description, fields);
    } catch (error) {
      if (error instanceof RangeError) throw new LocalFailure('limit_exceeded', `${error.message}.`);
      if (error instanceof TypeError) throw invalidField(this.parts.field, `${error.message}.`);
      throw error;
    }
  }

  #known(tracker: AppTracker, name: string): T | undefined {
    return this.parts.all(tracker).find((one) => one.name === name);
  }

  #find(tracker: AppTracker, name: string): T {
    const one = this.#known(tracker, name);
    if (one === undefined) throw new LocalFailure('not_found', `There is no ${name} here.`);
    return one;
  }

  #shown(one: T): Shown {
    return { body: this.#view(one), tag: tagOf(one) };
  }

  #view(one: T): Readonly<Record<string, unknown>> {
    return { name: one.name, description: one.description, ...this.parts.view(one), changes: one.changes };
  }
}

const TAKEN = { pointer: '/name', detail: 'It has been declared since the tracker was started.' };

function requireReachable(name: string): void {
  if (UNREACHABLE.includes(name)) throw new TypeError('It cannot be part of a path');
}

function tagOf(one: AnyTrackable): string {
  const reached = 'reached' in one ? one.reached : [];
  const text = JSON.stringify([one.changes, reached]);
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
}
