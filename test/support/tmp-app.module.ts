import { Module, type DynamicModule } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AccountsModule } from '../../src/accounts/accounts.module.js';
import { CohortsModule } from '../../src/cohorts/cohorts.module.js';
import { ENTITIES } from '../../src/entities.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import type { Config, StoreUrls } from '../../src/platform/config/config.js';
import { HealthModule } from '../../src/platform/health/health.module.js';
import { HttpModule } from '../../src/platform/http/http.module.js';
import { PropertiesModule } from '../../src/properties/properties.module.js';
import { RequestsModule } from '../../src/requests/requests.module.js';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import { QueueModule } from '../../src/stores/queue/queue.module.js';
import { RunQueue } from '../../src/stores/queue/run-queue.js';
import { StoresModule } from './tmp-stores.module.js';

/** The composition root: the only place that knows every part. */
@Module({})
export class AppModule {
  static forRoot(config: Config, urls: StoreUrls): DynamicModule {
    return {
      module: AppModule,
      imports: [
        StoresModule.forRoot(config, urls, ENTITIES),
        QueueModule.forRoot(urls),
        HttpModule,
        HealthModule.forRoot<[DataSource, Engine, RunQueue]>({
          inject: [getDataSourceToken(), Engine, RunQueue],
          useFactory: (database, engine, queue) => ({
            database: () => database.query('SELECT 1'),
            engine: () => engine.ping(),
            queue: () => queue.ping(),
          }),
        }),
        AccountsModule,
        PropertiesModule,
        CohortsModule,
        MetricsModule,
        RequestsModule.forRole(config.role),
      ],
    };
  }
}
