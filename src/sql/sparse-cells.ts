import type { PlannedCells, RunPlan } from '../core/request/run-plan.js';
import { allCells, cellOf, hasWindows, ownBounds, rowsOfUser } from './cells.js';
import { int64Ms, type ParamList } from './compiled-query.js';
import { copiedBy } from './layers.js';
import { metricSql } from './metrics/catalogue.js';
import { HAS_BEGUN, keptArrays, type MetricSql } from './metrics/metric-sql.js';
import { evenWindows, wholeBounds } from './window-bounds.js';

/**
 * How the cells of a series become aggregates.
 *
 * - `dense`: each cell of each user is a row and is measured, also those without events.
 * - `sparse`: a row for each cell in which the user has an event. The others are counted by births and as_of alone, as the
 *   metric says what they come to (`ofNone`).
 * - `distinct`: as `sparse`, and that there is an event decides all that is requested (`ofPresence`): the events are not
 *   shared out among the cells.
 *
 * Dense stay: a plan without a series, whose users have one row each; metrics whose windows overlap (`survival`,
 * `rolling_active`: an event counts in several cells) or whose value without events differs by user (`event_rate` has a
 * `period`, `newly_registered` looks at no event); calendar ages, whose bounds differ by user; maps; and rows that are
 * stored, as those are read user by user.
 */
export type CellForm = 'dense' | 'sparse' | 'distinct';
export type SparseForm = Exclude<CellForm, 'dense'>;

/** `readsNumbers`: what is requested reads numbers of other columns than booleans. */
export function cellForm(plan: RunPlan, readsNumbers: boolean): CellForm {
  const { overlaps, ofNone, ofPresence } = metricSql(plan.metric);
  if (ofNone === undefined || overlaps === true || !hasWindows(plan.cells) || rowsOfUser(plan) < 2) return 'dense';
  if (plan.cells?.by === 'birth' && plan.cells.ages?.by !== 'elapsed') return 'dense';
  return ofPresence && !readsNumbers && plan.breakdown?.of !== 'property' ? 'distinct' : 'sparse';
}

/** What rows of cells are grouped by beside their cell, their group, and what the metric tells of them. */
export function userKeys(plan: RunPlan): readonly string[] {
  const born = plan.cells?.by === 'birth' ? ['slice', 'stage'] : [];
  return [...new Set(['user_reason', ...copiedBy(plan), ...born])];
}

/**
 * A row for the whole window of each user (cell 0), and one for each cell with an event; `times` and the arrays beside
 * them are inside the window and by time. `stage` divides users whose ages are not over alike: at cell 0 by how many
 * are over and how many have begun, at another cell by whether it is over.
 */
export function compilePresent(plan: RunPlan, form: SparseForm, params: ParamList): string {
  const cells = cellsOf(plan);
  const arrays = form === 'distinct' ? ['times'] : keptArrays(metricSql(plan.metric), plan.breakdown);
  const ofUser = [
    ...userKeys(plan).filter((key) => key !== 'stage'),
    ...(plan.birth.kind === 'none' ? [] : ['birth_ms']),
  ];
  const stages = cells.by === 'birth' ? ['observed', 'begun'] : [];
  const ofRow = [...ofUser, ...stageOf(cells, params), 'cell', ...(form === 'distinct' ? [HAS_EVENTS] : arrays)];
  const inner = form === 'distinct' ? distinctCells(cells, params) : sharedOut(cells, arrays, params);
  const joined = form === 'distinct' ? [] : arrays.map((name) => `cell_${name} AS ${name}`);
  return `SELECT ${ofRow.join(', ')}
    FROM (
        SELECT ${[...ofUser, ...stages, ...inner].join(',\n            ')}
        FROM (
            SELECT *, ${[...agesOver(cells, params), ...insideWindow(plan, arrays, params)].join(',\n                ')}
            FROM born
        )
    )
    ARRAY JOIN ${['cells AS cell', ...joined].join(', ')}`;
}

function cellsOf({ cells }: RunPlan): PlannedCells {
  if (cells === null) throw new Error('Only a series has cells');
  return cells;
}

/** A user has some in the window where there is a cell beside it. */
const HAS_EVENTS = 'length(cells) > 1 AS has_events';

function stageOf(cells: PlannedCells, params: ParamList): readonly string[] {
  if (cells.by !== 'birth') return [];
  const count = params.add('UInt32', cells.ages?.count ?? 0);
  return [`if(cell = 0, observed * (${count} + 1) + begun, cell <= slice * ${count} + observed) AS stage`];
}

/** How many ages of a user are over, and how many have begun. Ages of elapsed time are all of one length but the last. */
function agesOver(cells: PlannedCells, params: ParamList): readonly string[] {
  if (cells.by !== 'birth' || cells.ages?.by !== 'elapsed') return [];
  const even = evenWindows(cells.ages.cells);
  if (!even) throw new Error('Ages of elapsed time follow each other');
  const { firstMs, stepMs, endMs, count } = even;
  const whole = (fromMs: number, most: number): string =>
    `least(greatest(intDiv(as_of_ms - birth_ms - ${int64Ms(fromMs, params)}, ${int64Ms(stepMs, params)}), 0), ${params.add('Int64', most)})`;
  const isOver = `as_of_ms - birth_ms >= ${int64Ms(endMs, params)}`;
  return [
    `if(${isOver}, ${params.add('Int64', count)}, ${whole(firstMs, count - 1)}) AS observed`,
    // One that begins with as_of has not begun.
    `${whole(firstMs + 1 - stepMs, count)} AS begun`,
  ];
}

/** The arrays inside the window of a user who is measured, by time. The facts of a fixed window are inside. */
function insideWindow(plan: RunPlan, arrays: readonly string[], params: ParamList): readonly string[] {
  const { window } = plan;
  const bounds = wholeBounds(window, params);
  const columns = [];
  if (window.kind !== 'fixed') {
    const start = `${bounds.start()} AS whole_start`;
    columns.push(start, `if(slice < 0, whole_start, ${bounds.stop('whole_start')}) AS whole_stop`);
  }
  const isInside = 'at >= whole_start AND at < whole_stop';
  for (const name of arrays) {
    const isTimes = name === 'times';
    const all =
      window.kind === 'fixed'
        ? `if(user_reason = '', ${name}, [])`
        : `arrayFilter(${isTimes ? 'at' : '(value, at)'} -> ${isInside}, ${isTimes ? name : `${name}, times`})`;
    columns.push(`${all} AS inside_${name}`);
  }
  return columns;
}

function distinctCells(cells: PlannedCells, params: ParamList): readonly string[] {
  return [
    `arrayPushFront(arrayDistinct(arrayMap(at -> toUInt32(${cellOf(cells, params)}), inside_times)), toUInt32(0)) AS cells`,
  ];
}

function sharedOut(cells: PlannedCells, arrays: readonly string[], params: ParamList): readonly string[] {
  const sorted = arrays.map((name) =>
    name === 'times'
      ? 'arraySort(inside_times) AS sorted_times'
      : `arraySort((value, at) -> at, inside_${name}, inside_times) AS sorted_${name}`,
  );
  return [
    ...sorted,
    `arrayMap(at -> toUInt32(${cellOf(cells, params)}), sorted_times) AS cell_of`,
    'arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins',
    'arrayPushFront(arrayFilter((cell, is_first) -> is_first, cell_of, begins), toUInt32(0)) AS cells',
    ...arrays.map(
      (name) =>
        `arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_${name}, begins), sorted_${name}) AS cell_${name}`,
    ),
  ];
}

/** From when on the time of a row counts, where a metric's numbers look at it. */
export function originOf(plan: RunPlan, params: ParamList): string {
  if (plan.window.kind !== 'fixed') return 'birth_ms AS origin_ms';
  const own = ownBounds({ ...plan, cells: cellsOf(plan) }, params);
  return `if(cell = 0, ${wholeBounds(plan.window, params).start()}, ${own?.start()}) AS origin_ms`;
}

/**
 * From rows that are alike (`own_cell`, `users`, and what they come to) to rows that say it of each cell: those of cell
 * 0 stand once more for every cell of their users, without events, and those of other cells are taken away there. So
 * `weight` adds up to the users of a cell, and over rows that are not `is_own` to those without events.
 */
export function compileFilled(plan: RunPlan, names: NamesOfRows, params: ParamList): string {
  const metric = metricSql(plan.metric);
  const cells = cellsOf(plan);
  const ofNone = Object.entries(metric.ofNone ?? {});
  const isGroup = plan.breakdown?.of === 'property' ? [`group_code != '', [own_cell]`] : [];
  const all = `multiIf(${[...isGroup, `own_cell = 0, arrayPushFront(${allCells(cells, params)}, toUInt32(0))`, '[own_cell, own_cell]'].join(', ')}) AS cells`;
  const kept = names.arrays.map((name) => `arrayResize([${name}], length(cells)) AS cell_${name}`);
  const passed = [
    ...userKeys(plan).filter((key) => key !== 'stage'),
    ...(plan.birth.kind === 'none' ? [] : ['birth_ms']),
    ...(plan.breakdown?.of === 'property' ? ['group_code'] : []),
  ];
  const columns = [
    ...passed,
    'cell',
    'place = 1 AS is_own',
    'if(is_own OR own_cell = 0, users, -users) AS weight',
    ...ofNone.map(([name, none]) => `if(is_own, own_${name}, ${none}) AS ${name}`),
    ...names.others,
    ...names.arrays,
  ];
  return `SELECT ${columns.join(', ')}
    FROM (SELECT *, ${[all, ...kept].join(', ')} FROM alike)
    ARRAY JOIN ${['cells AS cell', 'arrayEnumerate(cells) AS place', ...names.arrays.map((name) => `cell_${name} AS ${name}`)].join(', ')}`;
}

/** As `namesOfRows` of `column-measures.ts` gives them. */
type NamesOfRows = { readonly arrays: readonly string[]; readonly others: readonly string[] };

/** The measures that decide, under the names that `compileFilled` reads. */
export function decidingKeys(metric: MetricSql, form: CellForm): readonly (readonly [name: string, value: string])[] {
  if (form === 'dense') return metric.decides.map((name) => [name, name]);
  const told = metric.decides.filter((name) => name !== HAS_BEGUN);
  return told.map((name) => [`own_${name}`, form === 'distinct' ? (metric.ofPresence?.[name] ?? name) : name]);
}
