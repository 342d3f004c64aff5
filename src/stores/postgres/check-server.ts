import { Client } from 'pg';
import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';

const OLDEST_VERSION = 14;
/**
 * The queue and what is fresh take the time from each process's clock: one that is further off takes jobs from others
 * and calls stale what is not.
 */
const MAX_SKEW_MS = 5_000;
const CONNECT_PATIENCE_MS = 10_000;

/** Throws a StartupProblem when the database cannot be reached, is too old, or its clock and ours are too far apart. */
export async function checkServer(databaseUrl: string, nowMs: () => number = Date.now): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_PATIENCE_MS });
  try {
    await client.connect();
    const sentMs = nowMs();
    const { rows } = await client.query<{ now: Date; version: number }>(
      "SELECT clock_timestamp() AS now, current_setting('server_version_num')::integer / 10000 AS version",
    );
    const middleMs = (sentMs + nowMs()) / 2;
    const problems = rows.flatMap(({ now, version }) =>
      versionProblems(version).concat(clockProblems(now.getTime() - middleMs)),
    );
    if (problems.length > 0) throw new StartupProblem(EXIT_CODES.configuration, problems);
  } catch (error) {
    if (error instanceof StartupProblem) throw error;
    const reason = `DATABASE_URL: the database cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new StartupProblem(EXIT_CODES.unavailable, [reason], { cause: error });
  } finally {
    await client.end();
  }
}

function versionProblems(version: number): string[] {
  if (version >= OLDEST_VERSION) return [];
  return [`DATABASE_URL leads to PostgreSQL ${version}: Muster needs ${OLDEST_VERSION} or later`];
}

function clockProblems(skewMs: number): string[] {
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const direction = skewMs > 0 ? 'behind' : 'ahead of';
  return [
    `The clock of this machine is ${seconds} s ${direction} the database's: set both by NTP, at most ${MAX_SKEW_MS / 1000} s may lie between them`,
  ];
}
