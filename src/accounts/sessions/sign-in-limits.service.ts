import { createHash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import { Housekeeping } from '../../stores/postgres/housekeeping.js';

/** Within which failures count. */
export const WINDOW_S = 900;
/** Failures within the window: of one address from one network, and of a network. */
const LIMITS = { address: 10, network: 100 } as const;

const COUNT = `
  SELECT count(*)::integer AS n, coalesce(extract(epoch FROM min(at) + interval '${WINDOW_S} seconds' - now()), 0)::float8 AS free_s
  FROM (SELECT at FROM sign_in_failures WHERE bucket = $1 AND at > now() - interval '${WINDOW_S} seconds'
    ORDER BY at DESC LIMIT $2) AS newest`;

const REMOVE_OLD = `
  WITH gone AS (
    DELETE FROM sign_in_failures WHERE id IN (
      SELECT id FROM sign_in_failures WHERE at < $1::timestamptz - interval '${WINDOW_S} seconds' LIMIT 500) RETURNING 1)
  SELECT count(*)::integer AS n FROM gone`;

/** A sign-in that has begun. */
export interface Attempt {
  /** Of its rows in sign_in_failures. */
  readonly ids: readonly string[];
  /** Null: it may be tried; else it is one too many, and may be tried again after so many seconds. */
  readonly retryAfterS: number | null;
}

/**
 * Bounds how often somebody may fail to sign in, in all processes together. An address is counted together with the
 * network that tries it: a stranger elsewhere locks nobody out.
 */
@Injectable()
export class SignInLimits implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({
      kind: 'sign_in_failures',
      step: async (now) => {
        const [gone]: { n: number }[] = await this.database.query(REMOVE_OLD, [now]);
        return gone?.n ?? 0;
      },
    });
  }

  /** Counts a sign-in as failed until it is forgotten: many at once are as many. */
  async begin(email: string, network: string): Promise<Attempt> {
    const buckets = bucketsOf(email, network);
    const ids = Object.values(buckets).map(() => typeid('fail').toString());
    await this.database.query(
      'INSERT INTO sign_in_failures (id, bucket) SELECT * FROM unnest($1::text[], $2::text[])',
      [ids, Object.values(buckets)],
    );
    for (const [name, bucket] of Object.entries(buckets) as [keyof typeof LIMITS, string][]) {
      const [counted]: { n: number; free_s: number }[] = await this.database.query(COUNT, [bucket, LIMITS[name] + 1]);
      if (counted !== undefined && counted.n > LIMITS[name]) {
        return { ids, retryAfterS: Math.max(1, Math.ceil(counted.free_s)) };
      }
    }
    return { ids, retryAfterS: null };
  }

  /** One that succeeds, or that was not tried at all, counts no more. */
  async forget({ ids }: Attempt): Promise<void> {
    await this.database.query('DELETE FROM sign_in_failures WHERE id = ANY ($1)', [ids]);
  }
}

function bucketsOf(email: string, network: string): Readonly<Record<keyof typeof LIMITS, string>> {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  return { address: digest(`${email} ${network}`), network: digest(network) };
}
