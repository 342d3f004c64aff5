const USERS = 97;
const EVENTS = 20_000;
const START_MS = Date.UTC(2020, 0, 1);
/** Spreads the events over most of a year. */
const STEP_MS = 1_500_000;
const AS_OF = '2021-01-02T00:00:00Z';

/** What is asked, and what has to come out of it. */
export interface Question {
  readonly body: object;
  readonly expected: Expected;
  /** The code of the failure that it has to come to. */
  readonly failure?: string;
  /** Whether the caller gives it up. */
  readonly isCancelled?: boolean;
}

/** Events of every user in the window, and their aggregates. */
export interface Expected {
  readonly counts: ReadonlyMap<string, number>;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

interface ChaosEvent {
  readonly id: string;
  readonly user: string;
  readonly event: string;
  readonly time: string;
  readonly properties: { readonly weight: number };
}

/** The events of the world, the same every time. */
export function worldEvents(): ChaosEvent[] {
  return Array.from({ length: EVENTS }, (_, i) => ({
    id: `e${i}`,
    user: userOf(i),
    event: i % 3 === 0 ? 'visit' : 'edit',
    time: new Date(timeOf(i)).toISOString(),
    properties: { weight: i % 100 },
  }));
}

/** As many as a request may hold, about. */
const MAX_FILTERS = 190;

/**
 * The n-th question, another one for every n. `slowness` 1 takes the engine about a tenth of a second of computing, so
 * a run can be caught at it: every event is compared with many values, and each comparison holds for all.
 */
export function question(n: number, slowness = 0): Question {
  const toMs = START_MS + (100 * 86_400 + n * 977) * 1000;
  const filters = Math.min(MAX_FILTERS, slowness * 5);
  const values = Array.from({ length: 100 * Math.ceil((slowness * 5) / MAX_FILTERS) }, (_, i) => i);
  const and = Array.from({ length: filters }, (_, i) => ({ property: 'weight', in: [...values, 10_000 + i] }));
  const params = filters === 0 ? {} : { where: { and } };
  const body = {
    cohort: { all: true },
    metric: 'event_count',
    params,
    window: { kind: 'fixed', from: new Date(START_MS).toISOString(), to: new Date(toMs).toISOString() },
    as_of: AS_OF,
    aggregators: ['sum', 'min', 'max'],
  };
  return { body, expected: expectedBefore(toMs) };
}

/** How many questions there are before a window would go beyond `as_of`. */
export const QUESTIONS = 23_000;

/** Counted again here, event by event. */
function expectedBefore(toMs: number): Expected {
  const counts = new Map(Array.from({ length: USERS }, (_, i) => [userOf(i), 0]));
  for (let i = 0; i < EVENTS && timeOf(i) < toMs; i++) counts.set(userOf(i), (counts.get(userOf(i)) ?? 0) + 1);
  const values = [...counts.values()];
  return { counts, sum: values.reduce((a, b) => a + b, 0), min: Math.min(...values), max: Math.max(...values) };
}

function userOf(i: number): string {
  return `u${(i * 31) % USERS}`;
}

function timeOf(i: number): number {
  return START_MS + i * STEP_MS;
}
