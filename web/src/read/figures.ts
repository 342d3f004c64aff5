import type { Answer } from '@muster/client';

/** Aggregates of one column, as answers have them. */
export type Aggregates = Readonly<Record<string, unknown>>;

/** A figure with its interval, where it has one. */
export interface Figure {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Of the interval: 0.95. */
  readonly level: number | null;
}

/** What is counted beside every figure. */
const COUNTS = new Set(['n', 'n_undefined', 'undefined']);

/** The aggregate under a name as one number; null: there is none, or it is no single number. */
export function figureOf(aggregates: Aggregates | undefined, name: string): Figure | null {
  const found = aggregates?.[name];
  if (typeof found === 'number') return { value: found, low: null, high: null, level: null };
  if (typeof found !== 'object' || found === null || !('value' in found)) return null;
  const { value, low, high, level } = found as Readonly<Record<string, unknown>>;
  if (typeof value !== 'number') return null;
  return { value, low: numberOr(low), high: numberOr(high), level: numberOr(level) };
}

/** Aggregates of a map, by key; null: the aggregate is no map. */
export function figuresByKey(
  aggregates: Aggregates | undefined,
  name: string,
): Readonly<Record<string, number>> | null {
  const found = aggregates?.[name];
  if (typeof found !== 'object' || found === null || 'edges' in found || 'value' in found) return null;
  const entries = Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return entries.length === Object.keys(found).length ? Object.fromEntries(entries) : null;
}

/** Bins of a histogram: `counts[i]` values lie in [edges[i], edges[i + 1]). */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export function histogramOf(aggregates: Aggregates | undefined): Histogram | null {
  const found = aggregates?.['histogram'];
  if (typeof found !== 'object' || found === null || !('edges' in found) || !('counts' in found)) return null;
  return found as Histogram;
}

/** Names of the aggregates of a column that are a single number somewhere in these, `n` last. */
export function figureNames(...aggregates: readonly (Aggregates | undefined)[]): string[] {
  const names = new Set(aggregates.flatMap((one) => Object.keys(one ?? {})).filter((name) => !COUNTS.has(name)));
  return [...[...names].filter((name) => aggregates.some((one) => figureOf(one, name) !== null)), 'n'];
}

/** Those of a column anywhere in the answer: a total may have none where its parts have. */
export function figureNamesIn({ aggregates, series, breakdown }: Answer, column: string): string[] {
  const parts = [aggregates, ...(series ?? []).map((point) => point.aggregates)];
  const groups = (breakdown ?? []).flatMap((group) => [
    group.aggregates,
    ...(group.series ?? []).map((one) => one.aggregates),
  ]);
  return figureNames(...[...parts, ...groups].map((one) => one?.[column]));
}

/** Whether a figure is a part of 1. */
export function isShare(name: string): boolean {
  return name === 'proportion';
}

export interface ReasonCount {
  readonly reason: string;
  readonly users: number;
}

/** Users without a value by reason, the most frequent first. */
export function reasonsOf(aggregates: Aggregates | undefined): ReasonCount[] {
  const found = (aggregates?.['undefined'] ?? {}) as Readonly<Record<string, number>>;
  return Object.entries(found)
    .filter(([, users]) => users > 0)
    .map(([reason, users]) => ({ reason, users }))
    .sort((a, b) => b.users - a.users);
}

/** Which part of an answer is looked at. */
export interface Choice {
  readonly column: string;
  readonly figure: string;
}

/** What is wanted where the answer has it, else its first column and the figure that says most of it. */
export function choiceIn(
  answer: Answer,
  wanted: { readonly column: string | null; readonly figure: string | null },
): Choice {
  const named = answer.columns.find(({ name }) => name === wanted.column);
  const column = (named ?? answer.columns[0])?.name ?? '';
  const names = figureNamesIn(answer, column);
  const figure = names.find((name) => name === wanted.figure) ?? names.find((name) => name !== 'n') ?? 'n';
  return { column, figure };
}

function numberOr(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
