import { setTimeout as wait } from 'node:timers/promises';
import { platform, type as systemType } from 'node:os';
import type { Run } from '../storage/records.js';
import { VERSION } from '../version.js';
import type { CollectedEvent } from './compose-events.js';

const PATH = 'v1/collect';
const LIBRARY = `app-tracker/${VERSION}`;
/** As user agents of browsers call them. */
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'Windows', darwin: 'macOS', linux: 'Linux' };

/** Where uploads go. */
export interface Server {
  /** Of the service, such as `https://muster.example.org` or `https://example.org/muster`. */
  readonly url: string;
  /** A public key of a property. */
  readonly key: string;
}

/** What the server says of an upload that it has taken. */
export interface Verdict {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly errors: readonly { readonly code: string; readonly detail: string; readonly count: number }[];
  readonly dropped: Readonly<Record<string, number>>;
}

/** `isStored`: null where nobody can tell. */
export class NotUploaded extends Error {
  override readonly name: string = 'NotUploaded';

  constructor(
    readonly status: number | null,
    message: string,
    readonly isStored: false | null,
    readonly retryAfterMs: number,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Answers from which it is known that nothing has been stored. */
const NOT_STORED: readonly number[] = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429];

/** Calls of one server. What it takes too long for ends as an error. */
export class Door {
  readonly #url: URL;

  constructor(
    private readonly server: Server,
    private readonly timeoutMs: number,
  ) {
    this.#url = addressOf(server.url);
  }

  /**
   * By how much the clock of the server is ahead of this machine's, in ms, to about a second; null: it does not say.
   * @throws NotUploaded where it cannot be reached
   */
  async clockAhead(signal: AbortSignal): Promise<number | null> {
    const began = performance.now();
    const { response } = await this.#call({ method: 'OPTIONS' }, signal, false);
    const atHalf = Date.now() - (performance.now() - began) / 2;
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? null : date - atHalf;
  }

  /** @throws NotUploaded for every answer but that of a server that has taken it */
  async send(events: readonly CollectedEvent[], run: Run, signal: AbortSignal): Promise<Verdict> {
    const context = {
      library: LIBRARY,
      application: { name: run.application, version: run.version },
      os: SYSTEMS[platform()] ?? systemType(),
    };
    const body = JSON.stringify({ key: this.server.key, context, events });
    const headers = { 'content-type': 'application/json' };
    const { response, text } = await this.#call({ method: 'POST', headers, body }, signal, null);
    const verdict = verdictOf(response.status, text, events.length);
    if (verdict !== null) return verdict;
    throw this.#refused(response, text);
  }

  /** @param isStored what is known where there is no answer */
  async #call(
    init: RequestInit,
    signal: AbortSignal,
    isStored: false | null,
  ): Promise<{ response: Response; text: string }> {
    const patience = new AbortController();
    const tooLong = wait(this.timeoutMs, undefined, { signal: patience.signal, ref: false }).then(() => {
      throw new Error(`no answer in ${this.timeoutMs / 1000} s`);
    });
    const ended = AbortSignal.any([signal, patience.signal]);
    try {
      const asked = (async () => {
        const response = await fetch(this.#url, { ...init, redirect: 'error', signal: ended });
        return { response, text: await response.text() };
      })();
      return await Promise.race([asked, tooLong]);
    } catch (error) {
      throw new NotUploaded(null, `${this.#url.host} cannot be reached: ${reasonOf(error)}`, isStored, 0, {
        cause: error,
      });
    } finally {
      patience.abort();
      tooLong.catch(() => undefined);
    }
  }

  #refused(response: Response, text: string): NotUploaded {
    const { status } = response;
    const seconds = Number(response.headers.get('retry-after') ?? '');
    const isStored = NOT_STORED.includes(status) ? false : null;
    const said = problemOf(text);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? 1000 * seconds : 0;
    return new NotUploaded(status, `${this.#url.host} answers ${status}${said}`, isStored, retryAfterMs);
  }
}

/** The service may be behind a path of its host. */
function addressOf(service: string): URL {
  const base = new URL(service);
  base.pathname = base.pathname.replace(/\/*$/, '/');
  return new URL(PATH, base);
}

/** Any 2xx may come from somebody else, such as the page of a hotel's network: all events must be accounted for. */
function verdictOf(status: number, text: string, events: number): Verdict | null {
  if (status !== 202) return null;
  try {
    const { accepted, duplicates, rejected, dropped = {}, errors } = JSON.parse(text) as Verdict;
    const counted = [accepted, duplicates, rejected, ...Object.values(dropped)].reduce((sum, count) => sum + count, 0);
    // Who tells no reasons has taken them all the same.
    const told = Array.isArray(errors) ? errors.filter((error) => typeof error?.code === 'string') : [];
    return counted === events ? { accepted, duplicates, rejected, dropped, errors: told } : null;
  } catch {
    return null;
  }
}

/** What a problem document says, if it is one. */
function problemOf(text: string): string {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return typeof code === 'string' ? ` ${code}: ${String(detail)}` : '';
  } catch {
    return '';
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
