import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import { unobserved, phaseOf, type Outcome, type Window } from './oracle-outcome.js';
import type { SentEvent } from './world.js';

export type Sessions = Extract<PlannedMetric, { kind: 'sessions' }>;

/** One session: its events by time. */
export type Session = readonly SentEvent[];

/** The sessions of events of one user, whatever their order: one event after another. */
export function sessionsOf({ by }: Pick<Sessions, 'by'>, events: readonly SentEvent[]): Session[] {
  const inOrder = events.toSorted((a, b) => a.timeMs - b.timeMs);
  if (typeof by === 'string') {
    const found = new Map<string, SentEvent[]>();
    for (const event of inOrder) {
      const value = event.properties[by];
      if (value === undefined) continue;
      const key = JSON.stringify(value === 0 ? 0 : value);
      found.set(key, [...(found.get(key) ?? []), event]);
    }
    return [...found.values()];
  }
  const found: SentEvent[][] = [];
  for (const event of inOrder) {
    const open = found.at(-1);
    const goesOn = open && event.timeMs - open.at(-1)!.timeMs < by.gapMs && event.timeMs - open[0]!.timeMs < by.maxMs;
    if (goesOn) open.push(event);
    else found.push([event]);
  }
  return found;
}

/** `events`: those of the user that are cut into sessions, in the window or not. */
export function sessions(
  metric: Pick<Sessions, 'by'>,
  isPage: (event: SentEvent) => boolean,
  { asOfMs }: { readonly asOfMs: number },
  window: Window,
  events: readonly SentEvent[],
): Outcome[] {
  const phase = phaseOf(window, asOfMs);
  if (phase === 'ahead' || phase === 'open') {
    return unobserved(['sessions', 'events', 'total_time', 'mean_time', 'bounces'], null);
  }
  const own = sessionsOf(metric, events).filter(([first]) => {
    const atMs = first!.timeMs;
    return window.startMs <= atMs && atMs < window.endMs;
  });
  const seconds = own.map((session) => session.at(-1)!.timeMs - session[0]!.timeMs).reduce((a, b) => a + b, 0) / 1000;
  const bounces = own.filter((session) => session.filter(isPage).length <= 1);
  return [
    { value: own.length },
    { value: own.flat().length },
    { value: seconds },
    own.length === 0 ? { reason: 'no_denominator' } : { value: seconds / own.length },
    { value: bounces.length },
  ];
}
