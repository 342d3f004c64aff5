import { Client } from 'pg';

/** A change of a run's row, written down by the database itself, whoever made it. */
export interface Move {
  readonly n: number;
  readonly atMs: number;
  readonly runId: string;
  readonly attempt: number;
  readonly from: string | null;
  readonly to: string;
  /** The process that made it. */
  readonly who: string;
}

/** Runs that lost their worker. */
export interface Orphaned {
  readonly runIds: readonly string[];
  /** The last move before. */
  readonly afterMove: number;
  /** From when on it counts how long they wait, by the database's clock. */
  readonly atMs: number;
}

/** A trigger on the table of runs: it sees what the program did, also what no client was told. */
const INSTALL = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.moves (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, run_id text NOT NULL, attempt integer NOT NULL,
    from_state text, to_state text NOT NULL, who text NOT NULL);
  CREATE INDEX moves_of_run ON chaos.moves (run_id, n);
  CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.moves (at, run_id, attempt, from_state, to_state, who)
    VALUES (clock_timestamp(), NEW.id, NEW.attempt, CASE TG_OP WHEN 'UPDATE' THEN OLD.state END, NEW.state,
      current_setting('application_name'));
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_inserted AFTER INSERT ON runs FOR EACH ROW EXECUTE FUNCTION chaos.note();
  CREATE TRIGGER chaos_updated AFTER UPDATE ON runs FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.attempt IS DISTINCT FROM NEW.attempt)
    EXECUTE FUNCTION chaos.note();`;

const MOVES = `
  SELECT n::float8 AS n, extract(epoch FROM at)::float8 * 1000 AS "atMs", run_id AS "runId", attempt,
    from_state AS "from", to_state AS "to", who FROM chaos.moves WHERE n > $1 ORDER BY n`;

/** Reads the state tables past the program. */
export class Audit {
  constructor(private readonly databaseUrl: string) {}

  /** After the migrations have run. */
  async install(): Promise<void> {
    await this.query(INSTALL);
  }

  async moves(after = 0): Promise<Move[]> {
    return await this.query<Move>(MOVES, [after]);
  }

  /** The number of the last move. */
  async last(): Promise<number> {
    const [row] = await this.query<{ n: number }>('SELECT coalesce(max(n), 0)::float8 AS n FROM chaos.moves');
    return row?.n ?? 0;
  }

  async nowMs(): Promise<number> {
    const [row] = await this.query<{ ms: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms');
    return row?.ms ?? 0;
  }

  /** Runs that are worked on by the process, by its last claim; without one: by anybody. */
  async runningOf(who: string | null = null): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `SELECT id FROM runs WHERE state = 'running' AND ($1::text IS NULL OR $1 =
         (SELECT who FROM chaos.moves WHERE run_id = runs.id ORDER BY n DESC LIMIT 1))`,
      [who],
    );
    return rows.map(({ id }) => id);
  }

  /** What was under way when its worker stopped at `atMs`; to be asked when what that had sent is carried out. */
  async orphanedBy(who: string | null, atMs: number): Promise<Orphaned> {
    return { afterMove: await this.last(), runIds: await this.runningOf(who), atMs };
  }

  async unfinishedRuns(): Promise<number> {
    const [row] = await this.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM runs WHERE state IN ('queued', 'running')`,
    );
    return row?.n ?? 0;
  }

  /** The runs that answer the requests, by request. */
  async runsOf(requestIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.query<{ id: string; run_id: string }>(
      'SELECT id, run_id FROM requests WHERE id = ANY($1)',
      [requestIds],
    );
    return new Map(rows.map(({ id, run_id }) => [id, run_id]));
  }

  /** A connection of its own for each look: the server may be restarted between two. */
  private async query<T extends object>(sql: string, values?: readonly unknown[]): Promise<T[]> {
    const client = new Client({ connectionString: this.databaseUrl, application_name: 'chaos-audit' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<T>(sql, values && [...values]);
      return rows;
    } finally {
      await client.end();
    }
  }
}
