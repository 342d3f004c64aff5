import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { planDefinition } from '../core/cohort/plan-definition.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortStore } from '../stores/clickhouse/cohort-store.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import { CohortMemberDto } from './cohort.dto.js';
import { parsePreviewBody } from './parse-cohort-body.js';

export class CohortPreviewDto {
  /** Users in the cohort, exactly. */
  @ApiProperty({ type: 'integer', example: 2 })
  size!: number;

  /** At most ten of them: always the same ones of the same members. */
  @ApiProperty({ type: [CohortMemberDto] })
  sample!: CohortMemberDto[];

  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ type: 'integer' })
  rows_read!: number;

  engine_ms!: number;

  /** The definition with nothing left to look up, as a request would hash it. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  definition!: object;
}

/** Works a cohort out without saving it, at once: it does not stand in line with runs. */
@Injectable()
export class CohortPreview {
  constructor(
    private readonly definitions: CohortDefinitions,
    private readonly ledger: IngestLedger,
    private readonly store: CohortStore,
  ) {}

  /** @throws Failure what POST of a cohort throws for its content */
  async preview(property: PropertyEntity, body: unknown): Promise<CohortPreviewDto> {
    const { kind, asked } = parsePreviewBody(body, property.timeZone);
    const bound = await this.definitions.bind(property, asked);
    const { canonical } = await this.definitions.expand(property, bound, `/${kind}`);
    const dataVersion = await this.ledger.dataVersion(property.id);
    const asOf = new Date();
    const scope = { propertyNumber: property.number, dataVersion, asOfMs: asOf.getTime() };
    const { size, sample, stats } = await this.store.preview(planDefinition(canonical, scope.asOfMs), scope);
    return {
      size,
      sample: sample.map((user) => ({ user })),
      as_of: asOf.toISOString(),
      data_version: dataVersion,
      rows_read: stats.rowsRead,
      engine_ms: stats.elapsedMs,
      definition: canonical,
    };
  }
}
