/** What a scenario has counted; the columns of the table. */
export interface Figures {
  rounds: number;
  accepted: number;
  resent: number;
  /** POSTs that the limits of the queue refused, with `Retry-After`; they came again. */
  refused: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  /** Starts of runs beyond the first. */
  startedAgain: number;
  /** Results that came from an attempt that was not the run's any more, and were refused. */
  lateRefused: number;
  /** From the harm until the last run of a dead or frozen worker was at work again. */
  worstTakeoverMs: number | null;
  /** Warnings and errors that one process logged in one second, at the most. */
  loudest: number;
  /** Runs whose worker was killed or frozen over them. */
  takenOver: number;
  watchers: number;
  watchersAtEnd: number;
  reconnects: number;
  /** Accepted, and not at an end or not there any more. */
  lost: number;
  /** Runs with more than one end, or moved after it. */
  doubleEnds: number;
  /** Results accepted of an attempt that was not the newest. */
  lateAccepted: number;
  wrongAnswers: number;
  /** Left after the end: queries of the engine, jobs of the queue, runs without an end. */
  left: number;
}

export const noFigures = (): Figures => ({
  rounds: 0,
  accepted: 0,
  resent: 0,
  refused: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  startedAgain: 0,
  lateRefused: 0,
  worstTakeoverMs: null,
  loudest: 0,
  takenOver: 0,
  watchers: 0,
  watchersAtEnd: 0,
  reconnects: 0,
  lost: 0,
  doubleEnds: 0,
  lateAccepted: 0,
  wrongAnswers: 0,
  left: 0,
});

/** Of several rounds: sums, and the worst time. */
export function addFigures(a: Figures, b: Figures): Figures {
  const sum = noFigures();
  for (const key of Object.keys(sum) as (keyof Figures)[]) {
    if (key !== 'worstTakeoverMs') sum[key] = a[key] + b[key];
  }
  const worst = Math.max(a.worstTakeoverMs ?? -1, b.worstTakeoverMs ?? -1);
  return { ...sum, worstTakeoverMs: worst < 0 ? null : worst, loudest: Math.max(a.loudest, b.loudest) };
}

/**
 * More warnings in a second than that tell nobody anything; that each of many runs tells of its own failure is right.
 */
const LOUD = 200;

/** What is broken by these figures, in words; nothing: all promises were kept. */
export function broken(figures: Figures): string[] {
  const zero = ['lost', 'doubleEnds', 'lateAccepted', 'wrongAnswers', 'left'] as const;
  const found = zero.filter((key) => figures[key] > 0).map((key) => `${key} is ${figures[key]}`);
  if (figures.watchersAtEnd < figures.watchers)
    found.push(`${figures.watchers - figures.watchersAtEnd} watchers missed the end`);
  if (figures.loudest > LOUD) found.push(`a process logged ${figures.loudest} warnings in a second`);
  if ((figures.worstTakeoverMs ?? 0) > 10_000) found.push(`a run was back after ${figures.worstTakeoverMs} ms`);
  return found;
}
