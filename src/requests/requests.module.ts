import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { CohortsModule } from '../cohorts/cohorts.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import type { Role } from '../platform/config/config.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { ResultsModule } from '../results/results.module.js';
import { AnswerCache } from './answer/answer-cache.js';
import { AnswerBodies } from './answer/answer-bodies.js';
import { AnswerItems } from './answer/answer-items.js';
import { AnswerChunks } from './answer/answer-chunks.js';
import { AnswerShaper } from './run/answer-shaper.js';
import { AnswerTablesController } from './answer/answer-tables.controller.js';
import { RequestPlanning } from './request-planning.js';
import { CanonicalController } from './canonical.controller.js';
import { CanonicalService } from './canonical.service.js';
import { IngestWait } from './ingest-wait.js';
import { StoredAnswer } from './answer/stored-answer.js';
import { RequestStore } from './request-store.js';
import { RequestList } from './request-list.service.js';
import { RequestsController } from './requests.controller.js';
import { RequestsService } from './requests.service.js';
import { RunAssignment } from './run/run-assignment.js';
import { RunFreshness } from './run/run-freshness.js';
import { RunScheduler } from './run/run-scheduler.js';
import { RunHandler } from './run/run-handler.js';
import { QueueFigures, RunLog, RunMetrics } from './run/run-metrics.js';
import { RunReads, RunRetention } from './run/run-retention.js';
import { RunMeasurement } from './run/run-measurement.js';
import { RunMeter } from './run/run-meter.js';
import { RunLinksController } from './link/run-links.controller.js';
import { RunLinksService } from './link/run-links.service.js';
import { RunAdmission } from './run/run-admission.js';
import { RunProgress } from './run/run-progress.js';
import { RequestStreamController } from './answer/request-stream.controller.js';
import { RequestEvents } from './answer/request-events.js';
import { LongPoll } from './answer/long-poll.js';
import { OpenMetricsController } from './openmetrics.controller.js';
import { UserValuesController } from './answer/user-values.controller.js';

const ASKING: Provider[] = [
  RequestsService,
  RunLinksService,
  RequestPlanning,
  CanonicalService,
  AnswerCache,
  AnswerBodies,
  AnswerItems,
  IngestWait,
  StoredAnswer,
  RunProgress,
  RunReads,
  RequestEvents,
  LongPoll,
  RunAssignment,
  RunFreshness,
  RunAdmission,
  RequestStore,
  RequestList,
];

/** `api` takes requests and leaves the work to others, `worker` only works, `all` does both. Each tells its figures. */
@Module({})
export class RequestsModule {
  static forRole(role: Role): DynamicModule {
    const asks = role !== 'worker';
    const works = role !== 'api';
    return {
      module: RequestsModule,
      imports: [AccountsModule, PropertiesModule, CohortsModule, CatalogueModule, ResultsModule],
      controllers: asks
        ? [
            RequestsController,
            CanonicalController,
            RequestStreamController,
            UserValuesController,
            AnswerTablesController,
            RunLinksController,
            OpenMetricsController,
          ]
        : [OpenMetricsController],
      providers: [
        RunHandler,
        RunMeasurement,
        AnswerShaper,
        RunMeter,
        RunScheduler,
        RunLog,
        RunMetrics,
        QueueFigures,
        AnswerChunks,
        ...(asks ? ASKING : []),
        ...(works ? [RunRetention] : []),
      ],
    };
  }
}
