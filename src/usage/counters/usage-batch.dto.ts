import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  BATCH_CHARACTERS,
  CATEGORY_CHARACTERS,
  EVENT_CHARACTERS,
  ID_CHARACTERS,
  MAX_COUNT,
  MAX_ITEMS,
} from '../../core/usage/counters/usage-batch.js';

const AT = {
  format: 'date-time',
  description: 'RFC 3339, or a date in the time zone of the property; absent: now. Up to 5 minutes ahead is now.',
} as const;
const CATEGORY = {
  maxLength: CATEGORY_CHARACTERS,
  example: 'page',
  description: 'Any but `seen`, `total` and `daily`, which roll-ups make.',
} as const;

export class UsageMarkDto {
  @ApiProperty({ maxLength: EVENT_CHARACTERS, example: '/about', description: 'Empty: `#`.' })
  event!: string;

  @ApiProperty(CATEGORY)
  category!: string;

  @ApiPropertyOptional(AT)
  at?: string;
}

export class UsageCountDto extends UsageMarkDto {
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_COUNT, example: 3, description: '0 is ignored.' })
  count!: number;
}

export class UsageSeenDto {
  @ApiProperty({ ...CATEGORY, example: 'visitor' })
  category!: string;

  @ApiPropertyOptional({ maxLength: ID_CHARACTERS, example: '42', description: 'Either `id` or `ip`.' })
  id?: string;

  @ApiPropertyOptional({ example: '203.0.113.7', description: 'Cut to /24 or /48 before anything else is done.' })
  ip?: string;

  @ApiPropertyOptional(AT)
  at?: string;
}

export class UsageBatchDto {
  @ApiProperty({
    maxLength: BATCH_CHARACTERS,
    example: '7d1c9a52',
    description: 'Counted once, however often it is sent.',
  })
  batch!: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the first of it was counted: once that has been rolled up, the batch is refused.',
  })
  from?: string;

  @ApiPropertyOptional({ type: [UsageCountDto], maxItems: MAX_ITEMS })
  counts?: UsageCountDto[];

  @ApiPropertyOptional({ type: [UsageSeenDto], maxItems: MAX_ITEMS })
  seen?: UsageSeenDto[];

  @ApiPropertyOptional({ type: [UsageMarkDto], maxItems: MAX_ITEMS })
  marks?: UsageMarkDto[];
}

export const BATCH_EXAMPLES = {
  page: {
    summary: 'A page, and two who saw it',
    value: {
      batch: '7d1c9a52',
      counts: [{ event: '/about', category: 'page', count: 3 }],
      seen: [
        { category: 'visitor', ip: '203.0.113.7' },
        { category: 'user', id: '42' },
      ],
    },
  },
};

export class UsageVerdictDto {
  /** @example 7d1c9a52 */
  batch!: string;

  /** Whether it had been counted before; nothing was counted now. */
  duplicate!: boolean;

  @ApiProperty({ type: 'integer', example: 1, description: 'Counts taken, without those of 0.' })
  counts!: number;

  @ApiProperty({ type: 'integer', example: 1, description: 'Ids that are new on their day.' })
  seen!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  marks!: number;
}
