import { ApiProperty } from '@nestjs/swagger';
import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import type { HistorySlice } from '../../core/usage/requested-instants.js';
import { formatInstant } from '../../core/time/instant.js';
import type { ComputedActiveUsers } from './active-users-store.js';

export class ActiveWindowDto {
  /** @example P30D */
  window!: string;

  /** Users who were active in it. */
  @ApiProperty({ type: 'integer', example: 12 })
  users!: number;

  /** Those of them whose first activity is in it. */
  @ApiProperty({ type: 'integer', example: 3 })
  new!: number;
}

/** Of one instant. */
class FiguresDto {
  @ApiProperty({ type: [ActiveWindowDto] })
  windows!: readonly ActiveWindowDto[];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Users with an open session; null: the property has no presence.',
    example: 2,
  })
  connected!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Sessions that never ended and are longer ago than `max`; null: the property has no presence.',
    example: 0,
  })
  ended_by_max!: number | null;

  /** Users who are known then, without the excluded. */
  @ApiProperty({ type: 'integer', example: 40 })
  known_users!: number;

  /** Known users whom `exclude` leaves out of all other figures. */
  @ApiProperty({ type: 'integer', example: 1 })
  excluded_users!: number;
}

export class ActiveUsersDto extends FiguresDto {
  /** The instant of the figures, which is in them. */
  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  /** Batches up to this number are in them. */
  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ format: 'date-time' })
  computed_at!: string;
}

export class ActiveUsersPointDto extends FiguresDto {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  /** @example 2026-01-01 */
  label!: string;

  /** The instant of the figures: the end of the slice, or now where it is not over. */
  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  /** Whether the slice is over. */
  complete!: boolean;
}

export class ActiveUsersHistoryDto {
  /** @example day */
  interval!: string;

  /** Of the property, by which slices are cut. */
  time_zone!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ format: 'date-time' })
  computed_at!: string;

  @ApiProperty({ type: [ActiveUsersPointDto] })
  data!: readonly ActiveUsersPointDto[];
}

export function toComputedDto({ figures, asOf, dataVersion, finishedAt }: ComputedActiveUsers): ActiveUsersDto {
  return {
    as_of: asOf.toISOString(),
    data_version: dataVersion,
    ...figuresOf(figures),
    computed_at: finishedAt.toISOString(),
  };
}

export function toPointDto({ fromMs, toMs, label, asOfMs, isComplete }: HistorySlice, figures: ActiveUsersFigures) {
  const dto: ActiveUsersPointDto = {
    from: formatInstant(fromMs),
    to: formatInstant(toMs),
    label,
    as_of: formatInstant(asOfMs),
    complete: isComplete,
    ...figuresOf(figures),
  };
  return dto;
}

/** In one order, wherever the figures come from: the database keeps the keys of an object in its own. */
export function figuresOf({ connected, ended_by_max, windows, known_users, excluded_users }: ActiveUsersFigures) {
  return {
    connected,
    ended_by_max,
    windows: windows.map(({ window, users, new: isNew }) => ({ window, users, new: isNew })),
    known_users,
    excluded_users,
  };
}
