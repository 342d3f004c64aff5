import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Change, Declaration, Figure, Header, LogRecord, Progress, Run, Sending } from './records.js';

/** A change that has not been uploaded, and the run it was made in. */
export interface PendingChange {
  readonly change: Change;
  readonly run: Run;
}

/** A record that this version does not know. */
export class OtherVersion extends Error {
  override readonly name: string = 'OtherVersion';
}

const NO_RUN: Run = { from: 0, id: '', application: '', version: '' };

/** What a folder holds, in memory: figures, and changes that have not been uploaded. Records make it, and it makes them. */
export class Tracked {
  header: Header;
  enabled: boolean | null = null;
  sending: Sending | null = null;
  progress: Progress = { accepted: 0, at: null, lastTime: 0, submissions: 0 };
  #figures = new Map<string, Figure>();
  #pending: PendingChange[] = [];
  #run = NO_RUN;
  #last = 0;

  /** @param historyLength changes that are kept of each trackable */
  constructor(
    private readonly historyLength: number,
    nowMs: number,
  ) {
    // Grows from folder to folder, so that ids of events that were made later are larger.
    const installation = `${nowMs.toString(36).padStart(9, '0')}-${randomBytes(8).toString('hex')}`;
    this.header = { version: 1, installation, user: null, created: nowMs };
  }

  /** By `figureKey`. */
  get figures(): ReadonlyMap<string, Figure> {
    return this.#figures;
  }

  /** In order. */
  get pending(): readonly PendingChange[] {
    return this.#pending;
  }

  /** The number of the next change. */
  get next(): number {
    return this.#last + 1;
  }

  get run(): Run {
    return this.#run;
  }

  /** @throws OtherVersion */
  apply(record: LogRecord): void {
    if ('change' in record) this.#change(record.change);
    else if ('declared' in record) this.#declare(record.declared);
    else if ('figure' in record) this.#figures.set(figureKey(record.figure), record.figure);
    else if ('run' in record) this.#run = record.run;
    else if ('sending' in record) this.sending = record.sending;
    else if ('progress' in record) this.#progressTo(record.progress);
    else if ('enabled' in record) this.enabled = record.enabled;
    else if (isHeader(record)) this.header = record.header;
    else throw new OtherVersion();
  }

  /** The records that make all of this again. Figures come after the changes, which have made them already. */
  records(): LogRecord[] {
    const { header, enabled, sending, progress } = this;
    return [
      { header },
      ...(enabled === null ? [] : [{ enabled }]),
      { progress: this.#pending.length === 0 ? { ...progress, accepted: this.#last } : progress },
      ...this.#pendingRecords(),
      ...[...this.#figures.values()].map((figure) => ({ figure })),
      { run: this.#run },
      ...(sending === null ? [] : [{ sending }]),
    ];
  }

  /** Puts others in the place of pending changes, which leave their figures as they are. */
  replacePending(changes: readonly PendingChange[]): void {
    this.#pending = [...changes];
  }

  /** A record of each pending change, with the run it was made in before the first of the run. */
  #pendingRecords(): LogRecord[] {
    let run: Run | null = null;
    return this.#pending.flatMap((pending): LogRecord[] => {
      const isOther = pending.run !== run;
      run = pending.run;
      return [...(isOther ? [{ run }] : []), { change: pending.change }];
    });
  }

  #declare(declared: Declaration): void {
    const figure = this.#figures.get(figureKey(declared)) ?? emptyFigure(declared);
    const isOtherList = !isDeepStrictEqual(declared.checkpoints, figure.checkpoints);
    this.#figures.set(figureKey(declared), { ...figure, ...declared, ...(isOtherList && { reached: [] }) });
  }

  #change(change: Change): void {
    const { kind, name, n, value, changes, reached, at } = change;
    if (n < this.next) return;
    this.#last = n;
    const figure = this.#figures.get(figureKey(change)) ?? emptyFigure({ kind, name, description: '' });
    const { history } = figure;
    if (changes > figure.changes) history.push([at, value]);
    while (history.length > this.historyLength) history.shift();
    this.#figures.set(figureKey(change), { ...figure, value, changes, reached: reached ?? figure.reached });
    this.#pending.push({ change, run: this.#run });
  }

  #progressTo(progress: Progress): void {
    this.progress = progress;
    this.sending = null;
    this.#last = Math.max(this.#last, progress.accepted);
    this.#pending = this.#pending.filter(({ change }) => change.n > progress.accepted);
  }
}

/** Unknown: a later version of the package has written it. */
function isHeader(record: object): record is { readonly header: Header } {
  return (record as { readonly header?: Partial<Header> }).header?.version === 1;
}

/** Two kinds may have the same name, in two versions of an application. */
export function figureKey({ kind, name }: Pick<Figure, 'kind' | 'name'>): string {
  return `${kind}:${name}`;
}

function emptyFigure(declared: Declaration): Figure {
  const value = declared.kind === 'state' ? null : 0;
  return { ...declared, value, changes: 0, reached: [], history: [] };
}
