import { isMapped, type Column, type UndefinedReason, UNDEFINED_REASONS } from '../core/metric/metric.js';
import type { SeriesPoint } from '../core/series/series-cells.js';
import { formatInstant } from '../core/time/instant.js';
import type { RunCellsRow, StoredValues } from '../stores/clickhouse/run-values-store.js';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/**
 * A value as it is returned: booleans, texts, RFC 3339 instants, numbers (durations in the column's unit), maps of
 * numbers.
 */
export type ColumnValue = number | boolean | string | Readonly<Record<string, number>>;

/** Values by column; a column is either in `values` or, with its reason, in `undefined`. */
export interface UserValuesFields {
  readonly values: Readonly<Record<string, ColumnValue>>;
  readonly undefined: Readonly<Record<string, UndefinedReason>>;
}

/** One user's values over a slice of a series, from its `from`; by `age` where ages are requested. */
export interface UserSlice extends UserValuesFields {
  readonly from: string;
  readonly age: number | null;
}

/** One user's values over the whole window, and in the slices that the user belongs to where a series is requested. */
export interface UserRow extends UserValuesFields {
  readonly user: string;
  readonly slices?: readonly UserSlice[];
}

/** @throws Error when the row has not one element for each column */
export function userRow(columns: readonly Column[], stored: StoredValues & { readonly user: string }): UserRow {
  return { user: stored.user, ...toldValues(columns, stored) };
}

/** Of a run with a series; `points` by the numbers of their cells. @throws Error as `userRow` */
export function userSlices(
  columns: readonly Column[],
  points: ReadonlyMap<number, SeriesPoint>,
  { user, cells }: RunCellsRow,
): UserRow {
  const whole = cells.find(({ cell }) => cell === 0);
  if (!whole) throw new Error('a stored user has no whole window');
  const slices = cells.flatMap((stored): UserSlice[] => {
    const point = points.get(stored.cell);
    if (!point) return [];
    const { slice, age } = point;
    return [Object.assign({ from: formatInstant(slice.fromMs), age }, toldValues(columns, stored))];
  });
  return { user, ...toldValues(columns, whole), slices };
}

function toldValues(columns: readonly Column[], stored: StoredValues): UserValuesFields {
  if (stored.numbers.length !== columns.length || stored.reasons.length !== columns.length) {
    throw new Error(`a stored row has not the ${columns.length} columns of its run`);
  }
  const values: Record<string, ColumnValue> = {};
  const reasons: Record<string, UndefinedReason> = {};
  columns.forEach((column, i) => {
    const reason = stored.reasons[i];
    if (reason === '') values[column.name] = valueOf(columns, i, stored);
    else reasons[column.name] = reason as UndefinedReason;
  });
  return { values, undefined: reasons };
}

function valueOf(columns: readonly Column[], i: number, { numbers, maps }: StoredValues): ColumnValue {
  const stored = numbers[i] ?? 0;
  switch (columns[i]?.type) {
    case 'boolean':
      return stored === 1;
    case 'instant':
      return new Date(stored).toISOString();
    case 'number':
    case 'duration':
      return stored;
    case 'map':
      return mapOf(columns, i, maps);
    case 'text':
      return Object.keys(mapOf(columns, i, maps))[0] ?? '';
    case undefined:
      throw new Error(`there is no column ${i}`);
  }
}

function mapOf(columns: readonly Column[], i: number, maps: StoredValues['maps']): Readonly<Record<string, number>> {
  return maps[columns.slice(0, i).filter(isMapped).length] ?? {};
}

class ToldValuesDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: ['number', 'boolean', 'string', 'object'] } as object,
    description:
      'The columns that have a value: numbers (durations in the unit of the column), booleans, RFC 3339 instants, texts, maps of numbers by key.',
    example: { count: 2 },
  })
  values!: Record<string, ColumnValue>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...UNDEFINED_REASONS] },
    description: 'The columns that have none, each with its reason.',
    example: { time_to: 'never' },
  })
  undefined!: Record<string, UndefinedReason>;
}

/** One user's values over a slice of a series. */
export class UserSliceDto extends ToldValuesDto {
  @ApiProperty({ format: 'date-time', description: 'Where the slice begins.' })
  from!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From 0; null where no ages are requested.' })
  age!: number | null;
}

/** One user's values over the whole window. */
export class UserRowDto extends ToldValuesDto {
  @ApiProperty({ example: '00001' })
  user!: string;

  @ApiPropertyOptional({
    type: [UserSliceDto],
    description: 'With a series: the slices that the user belongs to. One who was born in none has an empty list.',
  })
  slices?: UserSliceDto[];
}
