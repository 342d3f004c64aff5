import type { Move, Orphaned } from './audit.js';
import { Caller } from './caller.js';
import { check, type Checked } from './check.js';
import { addFigures, noFigures } from './figures.js';
import type { LogLine } from './muster-process.js';
import type { Site } from './site.js';
import { watch, type Watched } from './sse-client.js';

export interface Load {
  readonly requests: number;
  /** How many of them take the engine a while, and tenths of a second of what. They are asked first. */
  readonly slow?: number | undefined;
  readonly slowness?: number;
  readonly watchers?: number;
  /** Callers that post at the same time. */
  readonly callers?: number;
  readonly patienceMs?: number;
}

const PATIENCE_MS = 120_000;
/** A line that a worker writes whose result was refused. */
const DROPPED = 'run dropped';
/** As pino numbers levels. */
const WARNING = 40;

/**
 * One round: requests are posted and watched, `harm` is done meanwhile, and in the end everything is counted. `harm`
 * tells which runs it has taken the worker from.
 */
export async function round(
  site: Site,
  load: Load,
  harm: (caller: Caller) => Promise<Orphaned | Orphaned[] | void>,
): Promise<Checked> {
  const { requests, slow = 0, slowness = 10, watchers = 0, callers = 4, patienceMs = PATIENCE_MS } = load;
  const caller = new Caller(site);
  const since = await site.audit.last();
  const droppedBefore = droppedBy(site);
  const watching: Promise<Watched>[] = [];
  const due = Array.from({ length: requests }, (_, i) => site.newQuestion(i < slow ? slowness : 0));
  const post = async (): Promise<void> => {
    for (let question = due.shift(); question !== undefined; question = due.shift()) {
      const { id } = await caller.ask(question);
      const share = Math.ceil((watchers - watching.length) / (due.length + 1));
      for (let i = 0; i < share; i++) watching.push(watch(site, id, watching.length, patienceMs));
    }
  };
  const [orphaned] = await Promise.all([harm(caller), ...Array.from({ length: callers }, post)]);
  const watched = await Promise.all(watching);
  const { figures, findings } = await check(site, caller, since, patienceMs);
  const reported = addFigures(figures, {
    ...noFigures(),
    ...(orphaned && takeover([orphaned].flat(), await site.audit.moves(since))),
    rounds: 1,
    loudest: Math.max(...site.logs().map(loudestSecond)),
    lateRefused: droppedBy(site) - droppedBefore,
    watchers: watched.length,
    watchersAtEnd: watched.filter(({ ends }) => ends.length === 1).length,
    reconnects: watched.reduce((n, { reconnects }) => n + Math.max(0, reconnects), 0),
  });
  const repeated = watched.filter((one) => one.repeated > 0).length;
  return {
    figures: reported,
    findings: repeated === 0 ? findings : [...findings, `${repeated} watchers were told an event twice`],
  };
}

function droppedBy(site: Site): number {
  return site.logs().reduce((n, log) => n + log.filter(({ msg }) => msg?.startsWith(DROPPED)).length, 0);
}

/** How long it took until the last of them was at work again. */
function takeover(
  orphaned: readonly Orphaned[],
  moves: readonly Move[],
): { takenOver: number; worstTakeoverMs: number | null } {
  const times = orphaned.flatMap(({ runIds, afterMove, atMs }) =>
    runIds.map((runId) => {
      const again = moves.find((move) => move.runId === runId && move.n > afterMove && move.to === 'running');
      return again === undefined ? Infinity : Math.max(0, Math.round(again.atMs - atMs));
    }),
  );
  return { takenOver: times.length, worstTakeoverMs: times.length === 0 ? null : Math.max(...times) };
}

/** The most warnings and errors within one second of a log. */
function loudestSecond(log: readonly LogLine[]): number {
  const seconds = new Map<string, number>();
  for (const { level = 0, time = '' } of log) {
    if (level < WARNING) continue;
    const second = time.slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...seconds.values());
}
