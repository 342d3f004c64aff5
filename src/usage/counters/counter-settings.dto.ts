import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import {
  ANONYMISE,
  DEFAULT_COUNTER_SETTINGS,
  MAX_BASE_DAYS,
  MAX_DAYS,
  MAX_MONTHS,
  type Anonymise,
} from '../../core/usage/counters/counter-settings.js';

const { baseDays, days, eventMonths, months } = DEFAULT_COUNTER_SETTINGS;
const FLAGS = ['true', 'false'] as const;

const whole = (maximum: number, byDefault: number, description: string) =>
  ({ type: 'integer', minimum: 1, maximum, default: byDefault, description }) as const;

const FIELDS = {
  base: {
    type: String,
    default: 'P1D',
    description: 'The base interval: whole minutes from PT1H to P1D, from local midnight on.',
  },
  anonymise: { enum: ANONYMISE, default: 'daily_key', description: 'What is stored of an id that is seen.' },
  base_days: whole(MAX_BASE_DAYS, baseDays, 'Days for which base periods are kept, beside the day under way.'),
  days: whole(MAX_DAYS, days, 'Days for which days are kept.'),
  event_months: whole(MAX_MONTHS, eventMonths, 'Months for which single events are kept, beside the one under way.'),
  months: whole(MAX_MONTHS, months, 'Months for which anything is kept.'),
} as const;

/** What is absent has its default. */
export class ReplaceCounterSettingsDto {
  @ApiPropertyOptional(FIELDS.base)
  base?: string;

  @ApiPropertyOptional(FIELDS.anonymise)
  anonymise?: Anonymise;

  @ApiPropertyOptional(FIELDS.base_days)
  base_days?: number;

  @ApiPropertyOptional(FIELDS.days)
  days?: number;

  @ApiPropertyOptional(FIELDS.event_months)
  event_months?: number;

  @ApiPropertyOptional(FIELDS.months)
  months?: number;
}

export class CounterSettingsQuery {
  @ApiPropertyOptional({
    enum: FLAGS,
    default: 'false',
    description: 'Changes nothing, and tells what the next roll-up would delete with the settings.',
  })
  @IsOptional()
  @IsIn(FLAGS, { message: 'preview must be true or false' })
  preview?: (typeof FLAGS)[number];
}

/** Sums that the next roll-up takes from where they are, as it stands. */
export class NextRollUpDto {
  @ApiProperty({ format: 'date-time', description: 'When the day that is open is rolled up, at the earliest.' })
  at!: string;

  @ApiProperty({ type: 'integer', description: 'Sums of base periods that become days.' })
  base_to_days!: number;

  @ApiProperty({ type: 'integer', description: 'Sums of days that become months.' })
  days_to_months!: number;

  @ApiProperty({ type: 'integer', description: 'Sums of single events that become totals of categories.' })
  events_to_totals!: number;

  @ApiProperty({ type: 'integer', description: 'Sums of months that are deleted.' })
  deleted!: number;

  @ApiProperty({
    type: 'integer',
    description: 'What has been counted in those that are deleted, without distinct ids.',
  })
  deleted_counts!: number;
}

export class CounterSettingsDto {
  @ApiProperty(FIELDS.base)
  base!: string;

  @ApiProperty(FIELDS.anonymise)
  anonymise!: Anonymise;

  @ApiProperty(FIELDS.base_days)
  base_days!: number;

  @ApiProperty(FIELDS.days)
  days!: number;

  @ApiProperty(FIELDS.event_months)
  event_months!: number;

  @ApiProperty(FIELDS.months)
  months!: number;

  @ApiProperty({
    format: 'date-time',
    type: String,
    nullable: true,
    description: 'The earliest instant that was counted.',
  })
  live_at!: string | null;

  @ApiProperty({ format: 'date-time', description: 'The first instant whose counts are taken.' })
  first_open!: string;

  @ApiProperty({ format: 'date-time', description: 'The first instant whose ids are taken.' })
  first_open_seen!: string;

  next_roll_up!: NextRollUpDto;
}
