import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config, StoreUrls } from '../platform/config/config.js';
import { Engine } from './clickhouse/engine.js';
import { EventStore } from './clickhouse/event-store.js';
import { MemberSetStore } from './clickhouse/member-set-store.js';
import { OwnedRowsStore } from './clickhouse/owned-rows-store.js';
import { ExportStore } from './clickhouse/export-store.js';
import { RunEvaluator } from './clickhouse/run-evaluator.js';
import { RunValuesStore } from './clickhouse/run-values-store.js';
import { UploadStore } from './clickhouse/upload-store.js';
import { UserStore } from './clickhouse/user-store.js';
import { PreviewSlots } from './limits/preview-slots.js';
import { dataSourceOptions } from './postgres/data-source.js';
import { Housekeeping } from './postgres/housekeeping.js';
import { StoredSecrets } from './secrets/stored-secrets.service.js';
import { ProcessLiveness } from './postgres/process-liveness.js';

/** Tables of PostgreSQL, as classes; they belong to the features. */
export type Entities = Parameters<typeof dataSourceOptions>[1];

/** Every store behind its URL, for all modules. Closes its connections at shutdown. */
@Module({})
export class StoresModule {
  static forRoot(config: Config, urls: StoreUrls, entities: Entities): DynamicModule {
    return {
      module: StoresModule,
      global: true,
      imports: [TypeOrmModule.forRoot(dataSourceOptions(urls.databaseUrl, entities))],
      providers: [
        { provide: Config, useValue: config },
        { provide: StoreUrls, useValue: urls },
        { provide: Engine, useFactory: () => engineAt(urls, config) },
        {
          provide: ProcessLiveness,
          useFactory: () => ProcessLiveness.start(urls.databaseUrl, { isAlone: config.databaseUrl === undefined }),
        },
        Housekeeping,
        PreviewSlots,
        StoredSecrets,
        EventStore,
        UserStore,
        MemberSetStore,
        RunEvaluator,
        RunValuesStore,
        ExportStore,
        UploadStore,
        OwnedRowsStore,
      ],
      exports: [
        Config,
        StoreUrls,
        Engine,
        ProcessLiveness,
        Housekeeping,
        PreviewSlots,
        StoredSecrets,
        EventStore,
        UserStore,
        MemberSetStore,
        RunEvaluator,
        RunValuesStore,
        ExportStore,
        UploadStore,
        OwnedRowsStore,
      ],
    };
  }
}

function engineAt(urls: StoreUrls, config: Config): Engine {
  return new Engine(urls.clickhouseUrl, {
    timeLimitMs: config.queryTimeLimitMs,
    memoryLimitBytes: config.queryMemoryLimitBytes,
  });
}
