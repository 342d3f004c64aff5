import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../../packages/client/src/index.js';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import { TEST_LIMITS } from '../support/embedded-engine.js';
import { until } from '../support/until.js';
import type { Move } from './audit.js';
import type { Accepted, Caller } from './caller.js';
import { noFigures, type Figures } from './figures.js';
import { jobsLeft } from './queue-look.js';
import type { Site } from './site.js';
import type { Question } from './world.js';

const END_STATES = new Set(['succeeded', 'failed', 'cancelled']);
/** What may still be tidied up after the last run has ended. */
const TIDY_MS = 15_000;
/** Of this many answers, one is compared user by user. */
const VALUES_OF = 10;
const READERS = 4;
/** Each look is a new connection. */
const LOOK_EVERY_MS = 100;

export interface Checked {
  readonly figures: Figures;
  /** What was found wrong, for whoever has to look into it. */
  readonly findings: readonly string[];
}

/**
 * Waits until every accepted request has an end, or `patienceMs` is over, and holds everything against what was
 * promised.
 */
export async function check(site: Site, caller: Caller, since: number, patienceMs: number): Promise<Checked> {
  const figures = { ...noFigures(), accepted: caller.accepted.length, resent: caller.resent, refused: caller.refused };
  const findings: string[] = [];
  await until(async () => (await site.audit.unfinishedRuns()) === 0, patienceMs, LOOK_EVERY_MS).catch(() =>
    findings.push('runs without an end'),
  );
  const due = [...caller.accepted.entries()];
  const reader = async (): Promise<void> => {
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      const [i, accepted] = next;
      await checkOne(caller, accepted, i % VALUES_OF === 0, figures, findings);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  checkMoves(await site.audit.moves(since), figures, findings);
  figures.left = await leftOvers(site, findings);
  return { figures, findings };
}

async function checkOne(
  caller: Caller,
  accepted: Accepted,
  users: boolean,
  figures: Figures,
  findings: string[],
): Promise<void> {
  const { id, question } = accepted;
  const answer = await caller.answer(id).catch((error: Error) => error);
  if (answer instanceof Error || !END_STATES.has(answer.status)) {
    figures.lost += 1;
    return void findings.push(`${id}: ${answer instanceof Error ? answer.message : answer.status}`);
  }
  figures[answer.status as 'succeeded' | 'failed' | 'cancelled'] += 1;
  if (
    isRight(answer, question) &&
    (answer.status !== 'succeeded' || !users || (await usersAreRight(caller, id, question)))
  )
    return;
  figures.wrongAnswers += 1;
  findings.push(
    `${id} ${answer.status}: ${JSON.stringify(answer.error ?? answer.aggregates)}, expected ${JSON.stringify(question.expected)}`,
  );
}

function isRight(answer: Answer, { expected: { sum, min, max, counts }, failure, isCancelled }: Question): boolean {
  if (answer.status === 'failed') return answer.error?.code === failure;
  if (answer.status === 'cancelled') return isCancelled === true;
  const found = answer.aggregates?.['count'];
  return found?.['sum'] === sum && found['min'] === min && found['max'] === max && found.n === counts.size;
}

async function usersAreRight(caller: Caller, id: string, { expected }: Question): Promise<boolean> {
  const rows = await caller.values(id);
  return isDeepStrictEqual(new Map(rows.map(({ user, values }) => [user, values['count']])), expected.counts);
}

/**
 * One end for each run, nothing after it, and results of the newest attempt only: also of runs of which no caller was
 * told.
 */
function checkMoves(moves: readonly Move[], figures: Figures, findings: string[]): void {
  const ends = new Map<string, Move>();
  const newest = new Map<string, number>();
  for (const move of moves) {
    const { runId, attempt, to } = move;
    if (ends.has(runId)) {
      figures.doubleEnds += 1;
      findings.push(`${runId} moved after its end: ${JSON.stringify(move)}`);
    }
    if (attempt < (newest.get(runId) ?? 0)) {
      figures.lateAccepted += 1;
      findings.push(`${runId} went back: ${JSON.stringify(move)}`);
    }
    if (to === 'running' && attempt > 1) figures.startedAgain += 1;
    newest.set(runId, attempt);
    if (END_STATES.has(to)) ends.set(runId, move);
  }
  const endless = [...newest.keys()].filter((runId) => !ends.has(runId));
  figures.lost += endless.length;
  findings.push(...endless.map((runId) => `${runId} has no end`));
}

async function leftOvers(site: Site, findings: string[]): Promise<number> {
  const engine = new Engine(site.urls.engineUrl, TEST_LIMITS);
  let left: readonly number[] = [];
  try {
    await until(
      async () => {
        left = [
          await queriesOfRuns(engine),
          await jobsLeft(site.urls.databaseUrl, site.urls.redisUrl),
          await site.audit.unfinishedRuns(),
        ];
        return left.every((n) => n === 0);
      },
      TIDY_MS,
      LOOK_EVERY_MS,
    ).catch(() => findings.push(`left: ${left[0]} queries, ${left[1]} jobs, ${left[2]} runs`));
  } finally {
    await engine.close();
  }
  return left.reduce((a, b) => a + b, 0);
}

/** Whoever sent them. */
async function queriesOfRuns(engine: Engine): Promise<number> {
  const sql = `SELECT count() AS n FROM system.processes WHERE position(Settings['log_comment'], 'muster:run:') > 0`;
  const { rows } = await engine.rows<{ n: number }>({ sql, params: {} }, { marker: 'look' });
  return rows[0]?.n ?? 0;
}
