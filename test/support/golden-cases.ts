import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMetricId, type PlannedMetric } from '../../src/core/metric/catalogue.js';
import type { MetricPlan } from '../../src/core/metric/define-metric.js';
import type { Column, MetricExample, UndefinedReason } from '../../src/core/metric/metric.js';
import type { RawRequest } from '../../src/core/request/raw-request.js';
import type { CanonicalRequest } from '../../src/core/request/canonical-request.js';
import { planRequest } from '../../src/core/request/plan-request.js';
import { planRun } from '../../src/core/request/plan-run.js';
import type { PropertyValue } from '../../src/core/event/filter.js';
import type { ColumnValue } from '../../src/results/user-row.dto.js';
import { inlineCohort } from './inline-cohort.js';
import { PACKAGE_ROOT } from './source-files.js';
import type { OraclePlan } from './oracle/oracle.js';
import type { SentEvent, UserChange, World } from './oracle/world.js';

export const GOLDEN_ROOT = join(PACKAGE_ROOT, 'test/golden');

/** A user's row as the API shows it. */
export interface ExpectedRow {
  readonly user: string;
  readonly values: Readonly<Record<string, ColumnValue | null>>;
  readonly undefined: Readonly<Record<string, UndefinedReason>>;
}

/** A request with everything it leads to before the engine is asked. */
export interface PlannedCase {
  readonly canonical: CanonicalRequest;
  readonly plan: OraclePlan;
  readonly columns: readonly Column[];
  /** Of the request's list; null for every other cohort. */
  readonly members: readonly string[] | null;
  /** Members of every list that the cohort is made of, by its hash. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

export interface GoldenCase extends PlannedCase {
  readonly request: RawRequest;
  readonly name: string;
  readonly folder: string;
  readonly rows: readonly ExpectedRow[];
}

/** Plans a body with an inline cohort and an `as_of`, as of a data version of property 1. */
export function planned(requested: RawRequest, dataVersion: number): PlannedCase {
  const { resolved: cohort, lists } = inlineCohort(requested.cohort);
  const members = cohort.kind === 'members' ? (lists.get(cohort.setHash) ?? []) : null;
  const context = { timeZone: 'UTC', weekStart: 'monday', cohort };
  const { canonical, columns } = planRequest(requested, context, Date.parse('2030-01-01T00:00:00Z'));
  const asOfMs = Date.parse(canonical.as_of ?? '');
  const plan = planRun(canonical, { propertyNumber: 1, dataVersion, asOfMs });
  if (!isBuiltInPlan(plan.metric)) throw new Error(`The metric ${canonical.metric} is none of the built-ins`);
  return { canonical, columns, members, lists, plan: { ...plan, metric: plan.metric } };
}

function isBuiltInPlan(plan: MetricPlan): plan is PlannedMetric {
  return isMetricId(plan.kind);
}

export function goldenCases(): GoldenCase[] {
  const { dataVersion } = goldenWorld();
  const names = readdirSync(GOLDEN_ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names.map(({ name }) => {
    const folder = join(GOLDEN_ROOT, name);
    const requested = readJson<RawRequest>(join(folder, 'request.json'));
    const rows = readJson<ExpectedRow[]>(join(folder, 'rows.json'));
    return Object.assign({ name, folder, rows, request: requested }, planned(requested, dataVersion));
  });
}

/** As the API takes them, and with the batch (`seq`) they came in. */
interface WrittenWorld {
  readonly data_version: number;
  readonly users: readonly {
    readonly user: string;
    readonly registered_at?: string;
    readonly traits?: Readonly<Record<string, PropertyValue | null>>;
    readonly seq: number;
  }[];
  readonly events: readonly {
    readonly id: string;
    readonly user: string;
    readonly event: string;
    readonly time: string;
    readonly properties: Readonly<Record<string, PropertyValue>>;
    readonly seq: number;
  }[];
}

export function goldenWorld(): { readonly world: Omit<World, 'members'>; readonly dataVersion: number } {
  const written = readJson<WrittenWorld>(join(GOLDEN_ROOT, 'world.json'));
  const changes = written.users.map(({ user, registered_at, traits = {}, seq }, position) => ({
    user,
    seq,
    position,
    traits,
    ...(registered_at === undefined ? {} : { registeredMs: Date.parse(registered_at) }),
  }));
  const events = written.events.map(({ id, user, event, time, properties, seq }, position) => ({
    user,
    name: event,
    timeMs: Date.parse(time),
    clientId: id,
    contentHash: 0,
    properties,
    seq,
    position,
  }));
  return { world: { events, changes }, dataVersion: written.data_version };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** The data of a metric's example in one batch, as its bodies of POST /events and POST /users. */
export function exampleWorld(example: MetricExample): Omit<World, 'members'> {
  const events = example.events.map((event, position): SentEvent => ({
    user: String(event['user']),
    name: String(event['event']),
    timeMs: Date.parse(String(event['time'])),
    clientId: String(position),
    contentHash: 0,
    properties: (event['properties'] ?? {}) as SentEvent['properties'],
    seq: 1,
    position,
  }));
  const changes = example.users.map((user, position): UserChange => ({
    user: String(user['user']),
    ...(user['registered_at'] === undefined ? {} : { registeredMs: Date.parse(String(user['registered_at'])) }),
    traits: (user['traits'] ?? {}) as NonNullable<UserChange['traits']>,
    seq: 1,
    position,
  }));
  return { events, changes };
}
