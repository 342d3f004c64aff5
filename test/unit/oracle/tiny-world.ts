import { SEMANTICS_VERSION, type CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { OracleRow } from '../../support/oracle/oracle.js';
import { answerOf, type OracleAnswer } from '../../support/oracle/request-oracle.js';
import type { SentEvent, UserChange, World } from '../../support/oracle/world.js';

/** `user name time`, and properties. */
type Written = readonly [user: string, name: string, time: string, properties?: SentEvent['properties']];

export function worldOf(
  events: readonly Written[],
  users: Readonly<
    Record<string, Omit<UserChange, 'user' | 'seq' | 'position' | 'registeredMs'> & { at?: string }>
  > = {},
  members: readonly string[] = [],
): World {
  return {
    events: events.map(([user, name, time, properties = {}], position) => ({
      user,
      name,
      timeMs: Date.parse(time),
      clientId: String(position),
      contentHash: 0,
      properties,
      seq: 1,
      position,
    })),
    changes: Object.entries(users).map(([user, { at, ...rest }], position) => ({
      user,
      seq: 1,
      position,
      ...(at !== undefined && { registeredMs: Date.parse(at) }),
      ...rest,
    })),
    members,
  };
}

const BASE: Omit<CanonicalRequest, 'window'> = {
  semantics_version: SEMANTICS_VERSION,
  cohort: { all: true },
  metric: 'event_count',
  params: { event: null, where: null },
  birth: null,
  series: null,
  breakdown: [],
  aggregators: ['mean'],
  time_zone: 'UTC',
  week_start: 'monday',
  as_of: null,
};

export function asked(world: World, request: Partial<CanonicalRequest>, asOf: string, dataVersion = 1): OracleAnswer {
  const window = { kind: 'fixed', from: '', to: '', births: null } as const;
  return answerOf(world, { window, ...BASE, ...request }, { dataVersion, asOfMs: Date.parse(asOf) });
}

/** Of each user the values, a reason where there is none. */
export function shown(rows: readonly OracleRow[]): Record<string, (number | string)[]> {
  return Object.fromEntries(
    rows.map(({ user, columns }) => [user, columns.map((c) => ('value' in c ? c.value : c.reason))]),
  );
}
