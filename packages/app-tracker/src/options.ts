import type { TrackerProblem } from './tracker-problem.js';
import { requireText } from './trackables/names.js';
import type { Server } from './upload/door.js';

export interface TrackerOptions {
  /** Who uses the application, such as a random UUID. Absent: the folder stands for its user. */
  readonly user?: string;
  /** Where everything is kept. It is made, and belongs to this tracker alone. */
  readonly folder: string;
  readonly application: { readonly name: string; readonly version: string };
  /** Absent: nothing is uploaded. */
  readonly server?: Server;
  /** Time between two uploads, in ms or as an ISO 8601 duration such as `PT1H`, the default. Null: by `submit` alone. */
  readonly submitEvery?: Duration | null;
  /** Time between two looks whether an upload is due. Default `PT5M`. */
  readonly checkEvery?: Duration;
  /** Whether uploads are allowed. Absent: as `enable` or `disable` have left it, at first yes. */
  readonly enabled?: boolean;
  /** An upload that takes longer has failed. Default `PT10S`. */
  readonly timeout?: Duration;
  /** Changes that wait for an upload at the most; beyond, the older half is merged. Default 50,000. */
  readonly maxPending?: number;
  /** Statistics, states, timers and sequences at the most. Default 1,000. */
  readonly maxTrackables?: number;
  /** The newest changes of each that are kept for `history`. Default 1,000. */
  readonly historyLength?: number;
  /** What goes wrong. Absent: it is a warning of the process. */
  readonly onProblem?: (problem: TrackerProblem) => void;
}

/** Milliseconds, or an ISO 8601 duration of days, hours, minutes and seconds. */
export type Duration = number | string;

/** Options that are all there. Times are in ms. */
export interface Settled {
  readonly user: string | null;
  readonly folder: string;
  readonly application: { readonly name: string; readonly version: string };
  readonly server: Server | null;
  readonly submitMs: number | null;
  readonly checkMs: number;
  readonly enabled: boolean | null;
  readonly timeoutMs: number;
  readonly maxPending: number;
  readonly maxTrackables: number;
  readonly historyLength: number;
  readonly onProblem: (problem: TrackerProblem) => void;
}

const DURATION = /^P(?=.)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
/** What timers of the process take. */
const MAX_MS = 2 ** 31 - 1;
const MAX_USER = 256;
const MAX_NAME = 200;

/** @throws TypeError, RangeError for options that are not as they should be, by name */
export function settled(options: TrackerOptions): Settled {
  const { application, user, submitEvery = 'PT1H' } = options;
  if (user !== undefined) requireText(user, '"user"', MAX_USER);
  requireText(application?.name, '"application.name"', MAX_NAME);
  requireText(application.version, '"application.version"', MAX_NAME);
  return {
    user: user ?? null,
    folder: requireText(options.folder, '"folder"', 4096),
    application: { name: application.name, version: application.version },
    server: options.server === undefined ? null : checkedServer(options.server),
    submitMs: submitEvery === null ? null : durationMs('submitEvery', submitEvery),
    checkMs: durationMs('checkEvery', options.checkEvery ?? 'PT5M'),
    enabled: options.enabled ?? null,
    timeoutMs: durationMs('timeout', options.timeout ?? 'PT10S'),
    maxPending: count('maxPending', options.maxPending ?? 50_000, 10),
    maxTrackables: count('maxTrackables', options.maxTrackables ?? 1_000, 1),
    historyLength: count('historyLength', options.historyLength ?? 1_000, 1),
    onProblem: told(options.onProblem ?? warn),
  };
}

function checkedServer({ url, key }: Server): Server {
  requireText(key, '"server.key"', MAX_USER);
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw new TypeError(`"server.url" is the address of a service, such as "https://muster.example.org", not ${url}`);
  return { url, key };
}

function durationMs(name: string, duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parsedMs(duration);
  if (ms > 0 && ms <= MAX_MS) return ms;
  throw new RangeError(`"${name}" is a duration of at most 24 days, in ms or such as "PT1H", not ${duration}`);
}

function parsedMs(text: string): number {
  const [whole, days = '0', hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(text) ?? [];
  if (whole === undefined) return NaN;
  return 1000 * (86_400 * Number(days) + 3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds));
}

function count(name: string, value: number, min: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new RangeError(`"${name}" is a whole number from ${min} on, not ${value}`);
}

/** A callback that throws must not keep anything from being counted. */
function told(callback: (problem: TrackerProblem) => void): (problem: TrackerProblem) => void {
  return (problem) => {
    try {
      callback(problem);
    } catch (error) {
      process.emitWarning(`onProblem of a tracker failed: ${String(error)}`, 'MusterWarning');
    }
  };
}

function warn(problem: TrackerProblem): void {
  process.emitWarning(`${problem.code}: ${problem.message}`, 'MusterWarning');
}
