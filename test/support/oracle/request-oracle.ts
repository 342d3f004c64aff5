import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { OracleRow } from './oracle.js';
import { groupsOf, type GroupValue } from './request-breakdown.js';
import { Measurer, type Measured } from './request-measure.js';
import { oracleColumns, type OracleColumn } from './request-metric.js';
import { seriesParts, totalPart, type OraclePoint, type Part } from './request-parts.js';
import { sceneOf, type Moment } from './request-users.js';
import type { World } from './world.js';

/** A point with the rows of the users in it. */
export interface MeasuredPoint extends OraclePoint {
  readonly rows: readonly OracleRow[];
}

export interface MeasuredGroup {
  readonly by: string;
  readonly group: GroupValue;
  readonly rest: boolean;
  readonly rows: readonly OracleRow[];
  readonly series: readonly MeasuredPoint[] | null;
}

/** A user's part in a point. */
export interface MeasuredSlice extends Measured {
  readonly fromMs: number;
  readonly age: number | null;
}

/** Everything that the answer to a request is made of. Aggregates are made of rows by `oracleAggregates`. */
export interface OracleAnswer {
  readonly columns: readonly OracleColumn[];
  /** The whole window, as without series and breakdown. */
  readonly rows: readonly OracleRow[];
  readonly series: readonly MeasuredPoint[] | null;
  readonly breakdown: readonly MeasuredGroup[] | null;
  /** With a series, of every user of the cohort in the order of the rows the points it is in. */
  readonly users: readonly { readonly user: string; readonly slices: readonly MeasuredSlice[] }[] | null;
}

/** What docs/semantics.md says of a request, word by word, over plain arrays: slow, and made to be read. */
export function answerOf(world: World, request: CanonicalRequest, moment: Moment): OracleAnswer {
  const scene = sceneOf(world, request, moment);
  const measurer = new Measurer(request, scene, moment.asOfMs);
  const total = totalPart(request);
  const parts = seriesParts(request, moment.asOfMs);
  const rows = measurer.rows(total, scene.users);
  const series = pointsOf(parts, (part) => measurer.rows(part, scene.users));
  const groups = groupsOf(request, measurer, scene.users, [total, ...(parts ?? [])]);
  return {
    columns: oracleColumns(request),
    rows,
    series,
    users: series && rows.map(({ user }) => ({ user, slices: series.flatMap((point) => sliceOf(user, point)) })),
    breakdown:
      groups?.map((group) => ({
        by: group.by,
        group: group.group,
        rest: group.rest === true,
        rows: group.rows(total),
        series: pointsOf(parts, (part) => group.rows(part)),
      })) ?? null,
  };
}

function pointsOf(parts: readonly Part[] | null, rowsOf: (part: Part) => OracleRow[]): MeasuredPoint[] | null {
  if (parts === null) return null;
  return parts.map((part) => {
    if (part.point === null) throw new Error('A part of a series is a point');
    return { ...part.point, rows: rowsOf(part) };
  });
}

/** None, or one. */
function sliceOf(user: string, { rows, fromMs, age }: MeasuredPoint): MeasuredSlice[] {
  return rows.filter((row) => row.user === user).map(({ user: _user, ...measured }) => ({ fromMs, age, ...measured }));
}
