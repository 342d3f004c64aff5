import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { planActiveUsers } from '../../core/usage/active-users-plan.js';
import {
  Superseded,
  type ClaimedJob,
  type ClaimTerms,
  type JobContext,
  type JobHandler,
  type JobResult,
} from '../../jobs/job-kind.js';
import { JobWorker } from '../../jobs/job-worker.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import { withDataVersion } from '../../properties/ledger/with-data-version.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { ACTIVE_USERS } from './active-users-computation.entity.js';
import { ActiveUsersMeasurement } from './active-users-measurement.js';
import { ActiveUsersSettingsService } from './active-users-settings.service.js';

interface ClaimedComputation {
  readonly property_id: string;
}

/** Computes the active users of properties, one after another, as of the instant at which an attempt begins. */
@Injectable()
export class ActiveUsersHandler implements JobHandler<ClaimedComputation>, OnModuleInit {
  readonly kind = ACTIVE_USERS;
  readonly concurrency = 1;
  readonly claim: ClaimTerms = { returning: ['property_id'] };

  constructor(
    private readonly worker: JobWorker,
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
    private readonly settings: ActiveUsersSettingsService,
    private readonly measurement: ActiveUsersMeasurement,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async execute({ row, startedAt }: ClaimedJob<ClaimedComputation>, context: JobContext): Promise<JobResult> {
    const property = await this.database.manager.findOneBy(PropertyEntity, { id: row.property_id });
    if (property === null) throw new Superseded();
    const { version, settings } = await this.settings.of(property.id);
    const { number: propertyNumber, timeZone } = property;
    const { figures, stats } = await withDataVersion(this.ledger, property.id, context, (dataVersion) => {
      const plan = planActiveUsers(settings, { propertyNumber, dataVersion, timeZone }, [startedAt.getTime()]);
      return this.measurement.measure(plan, context.query);
    });
    const columns = {
      settings_version: version,
      as_of: startedAt,
      figures: JSON.stringify(figures[0]),
      rows_read: stats.rowsRead,
      engine_ms: stats.elapsedMs,
    };
    return { columns };
  }
}
