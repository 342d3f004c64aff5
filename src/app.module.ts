import { Module, type DynamicModule } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AccountsModule } from './accounts/accounts.module.js';
import { CohortsModule } from './cohorts/cohorts.module.js';
import { CohortUploadsModule } from './cohorts/uploads/cohort-uploads.module.js';
import { CollectModule } from './collect/collect.module.js';
import { ENTITIES } from './entities.js';
import { EventsModule } from './events/events.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import type { Config, StoreUrls } from './platform/config/config.js';
import { HealthModule } from './platform/health/health.module.js';
import { HttpModule } from './platform/http/http.module.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { PropertiesModule } from './properties/properties.module.js';
import { RequestsModule } from './requests/requests.module.js';
import { Engine } from './stores/clickhouse/engine.js';
import { QueueModule } from './stores/queue/queue.module.js';
import { JobQueues } from './stores/queue/job-queues.js';
import { StorageModule } from './properties/storage/storage.module.js';
import { StoresModule } from './stores/stores.module.js';
import { JOB_KINDS } from './job-kinds.js';
import { JobsModule } from './jobs/jobs.module.js';
import { TrackablesModule } from './trackables/trackables.module.js';
import { ActiveUsersModule } from './usage/active/active-users.module.js';
import { DaySessionsModule } from './usage/sessions/day-sessions.module.js';
import { UsageCountersModule } from './usage/counters/usage-counters.module.js';
import { UsersModule } from './users/users.module.js';

/** The composition root: the only place that knows every part. */
@Module({})
export class AppModule {
  static forRoot(config: Config, urls: StoreUrls): DynamicModule {
    return {
      module: AppModule,
      imports: [
        StoresModule.forRoot(config, urls, ENTITIES),
        QueueModule.forRoot(
          urls,
          JOB_KINDS.map(({ name }) => name),
        ),
        JobsModule.forKinds(JOB_KINDS),
        HttpModule,
        MetricsModule,
        HealthModule.forRoot<[DataSource, Engine, JobQueues]>({
          inject: [getDataSourceToken(), Engine, JobQueues],
          useFactory: (database, engine, queue) => ({
            database: () => database.query('SELECT 1'),
            engine: () => engine.ping(),
            queue: () => queue.ping(),
          }),
        }),
        AccountsModule,
        PropertiesModule,
        EventsModule,
        UsersModule,
        CollectModule,
        UsageCountersModule,
        TrackablesModule,
        DaySessionsModule,
        StorageModule,
        CohortsModule,
        CohortUploadsModule.forRole(config.role),
        CatalogueModule,
        RequestsModule.forRole(config.role),
        ActiveUsersModule.forRole(config.role),
      ],
    };
  }
}
