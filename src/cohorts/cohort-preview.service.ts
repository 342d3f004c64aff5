import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CanonicalCohort } from '../core/cohort/definition.js';
import { planDefinition } from '../core/cohort/plan-definition.js';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { Semaphore } from '@muster/embedded-stores';
import { CohortDefinitions } from './cohort-definitions.service.js';
import type { CohortPreviewDto } from './cohort.dto.js';
import { parsePreviewBody } from './parse-cohort-body.js';

const RETRY_AFTER_S = 5;

/**
 * Evaluates a cohort without saving it, in the process that receives the call. Previews do not wait for runs, only for
 * other previews, and have a time limit of their own.
 */
@Injectable()
export class CohortPreview {
  private readonly slots: Semaphore;

  constructor(
    private readonly definitions: CohortDefinitions,
    private readonly ledger: IngestLedger,
    private readonly store: MemberSetStore,
    private readonly config: Config,
  ) {
    this.slots = new Semaphore(config.previewConcurrency);
  }

  /**
   * Null where the caller has closed the connection: the query is stopped then.
   * @throws Failure what POST of a cohort throws for its content; time_limit_exceeded, memory_limit_exceeded,
   * engine_memory_exhausted, too_many_previews
   */
  async preview(property: PropertyEntity, body: unknown, gone: AbortSignal): Promise<CohortPreviewDto | null> {
    const { kind, requested } = parsePreviewBody(body, property.timeZone);
    const bound = await this.definitions.bind(property, requested);
    const { canonical } = await this.definitions.expand(property, bound, `/${kind}`);
    const late = AbortSignal.timeout(this.config.previewTimeLimitMs);
    const signal = AbortSignal.any([gone, late]);
    let leave: (() => void) | undefined;
    try {
      leave = await this.slots.acquire(signal);
      return await this.ledger.readWhole(property.id, (dataVersion) =>
        this.found(property, canonical, dataVersion, signal),
      );
    } catch (error) {
      if (gone.aborted) return null;
      if (!late.aborted && !isTimeLimit(error)) throw error;
      throw leave ? this.tooSlow() : this.tooMany();
    } finally {
      leave?.();
    }
  }

  private async found(
    property: PropertyEntity,
    canonical: CanonicalCohort,
    dataVersion: number,
    signal: AbortSignal,
  ): Promise<CohortPreviewDto> {
    const asOf = new Date();
    const scope = { propertyNumber: property.number, dataVersion, asOfMs: asOf.getTime() };
    const plan = planDefinition(canonical, { asOfMs: scope.asOfMs, timeZone: property.timeZone });
    const options = { marker: `preview:${randomUUID()}`, signal, timeLimitMs: this.config.previewTimeLimitMs };
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

  private tooSlow(): Failure {
    const seconds = this.config.previewTimeLimitMs / 1000;
    const detail = `A preview may take ${seconds} s. Save the cohort and evaluate it, which may take longer, or ask for less: fewer events, a shorter \`within\`.`;
    return new Failure('time_limit_exceeded', detail);
  }

  private tooMany(): Failure {
    const value = this.config.previewConcurrency;
    const detail = `${value} previews are worked out at once, and this one had no turn in time. Ask again in a moment.`;
    return new Failure('too_many_previews', detail, [], { limit: 'previews', value, retry_after: RETRY_AFTER_S });
  }
}

/** The engine has a time limit of its own for the query, which also holds when this process has died. */
function isTimeLimit(error: unknown): boolean {
  return error instanceof Failure && error.code === 'time_limit_exceeded';
}
