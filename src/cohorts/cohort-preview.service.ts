import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CanonicalCohort } from '../core/cohort/definition.js';
import { planDefinition } from '../core/cohort/plan-definition.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { PreviewSlots, type PreviewBounds } from '../stores/limits/preview-slots.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import type { CohortPreviewDto } from './cohort.dto.js';
import { parsePreviewBody } from './parse-cohort-body.js';

const TOO_SLOW =
  'Save the cohort and evaluate it, which may take longer, or ask for less: fewer events, a shorter `within`.';

/** Evaluates a cohort without saving it, in the process that receives the call. */
@Injectable()
export class CohortPreview {
  constructor(
    private readonly definitions: CohortDefinitions,
    private readonly ledger: IngestLedger,
    private readonly store: MemberSetStore,
    private readonly slots: PreviewSlots,
  ) {}

  /**
   * Null where the caller has closed the connection: the query is stopped then.
   * @throws Failure what POST of a cohort throws for its content; time_limit_exceeded, memory_limit_exceeded,
   * engine_memory_exhausted, too_many_previews
   */
  async preview(property: PropertyEntity, body: unknown, gone: AbortSignal): Promise<CohortPreviewDto | null> {
    const { kind, requested } = parsePreviewBody(body, property.timeZone);
    const bound = await this.definitions.bind(property, requested);
    const { canonical } = await this.definitions.expand(property, bound, `/${kind}`);
    return await this.slots.run(gone, TOO_SLOW, (bounds) =>
      this.ledger.readWhole(property.id, (dataVersion) => this.found(property, canonical, dataVersion, bounds)),
    );
  }

  private async found(
    property: PropertyEntity,
    canonical: CanonicalCohort,
    dataVersion: number,
    bounds: PreviewBounds,
  ): Promise<CohortPreviewDto> {
    const asOf = new Date();
    const scope = { propertyNumber: property.number, dataVersion, asOfMs: asOf.getTime() };
    const plan = planDefinition(canonical, { asOfMs: scope.asOfMs, timeZone: property.timeZone });
    const options = { marker: `preview:${randomUUID()}`, ...bounds };
    const { size, sample, stats } = await this.store.preview(plan, scope, options);
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
