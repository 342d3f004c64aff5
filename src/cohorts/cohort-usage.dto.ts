import { ApiProperty } from '@nestjs/swagger';

export class UsingCohortDto {
  /** @example coh_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example both */
  name!: string;
}

export class UsingRequestDto {
  /** @example req_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  href!: string;
}

export class CohortUsageDto {
  /** Cohorts whose current version names it. */
  cohorts!: UsingCohortDto[];

  /** How many requests asked for it, itself or inside a set. */
  @ApiProperty({ type: 'integer', example: 1 })
  requests_total!: number;

  /** The newest hundred of them. */
  requests!: UsingRequestDto[];
}
