import { Injectable } from '@nestjs/common';
import { planDefinition } from '../core/cohort/plan-definition.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortStore } from '../stores/clickhouse/cohort-store.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import type { CohortPreviewDto } from './cohort-preview.dto.js';
import { parsePreviewBody } from './parse-cohort-body.js';

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
