import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CohortsModule } from '../cohorts/cohorts.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import type { Role } from '../platform/config/config.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { ResultsModule } from '../results/results.module.js';
import { AnswerCache, StoredAnswers } from './stored-answers.js';
import { Answers } from './answer/answers.service.js';
import { AnswerBodies } from './answer/answer-body.js';
import { AnswerItems } from './answer/answer-items.js';
import { AnswerChunks } from './run/answer-chunks.js';
import { AnswerShaper } from './run/answer-shaper.js';
import { AnswerTablesController } from './answer-tables.controller.js';
import { RequestPlanning } from './request-planning.js';
import { CanonicalController } from './canonical.controller.js';
import { CanonicalService } from './canonical.service.js';
import { RequestStore } from './request-store.js';
import { RequestList } from './request-list.service.js';
import { RequestsController } from './requests.controller.js';
import { RequestReader } from './request-reader.service.js';
import { RequestRemoval } from './request-removal.service.js';
import { RequestSubmission } from './request-submission.service.js';
import { RunAssignment } from './run/run-assignment.js';
import { RunFreshness } from './run/run-freshness.js';
import { RunScheduler } from './run/run-scheduler.js';
import { RunHandler } from './run/run-handler.js';
import { QueueFigures, RunLog, RunMetrics } from './run/run-metrics.js';
import { RunReads, RunRetention } from './run/run-retention.js';
import { RunMeasurement } from './run/run-measurement.js';
import { RunMeter } from './run/run-meter.js';
import { RunLinksController } from './link/run-links.controller.js';
import { VisitorsController } from './link/visitors.controller.js';
import { RunLinksService } from './link/run-links.service.js';
import { RunAdmission } from './run/run-admission.js';
import { RunProgress } from './run/run-progress.js';
import { RequestStreamController } from './request-stream.controller.js';
import { RequestEvents } from './request-events.js';
import { OpenMetricsController } from './openmetrics.controller.js';
import { UserRows } from './user-rows.service.js';
import { UserValuesController } from './user-values.controller.js';

/** Takes requests and returns answers. */
const ANSWERING: Provider[] = [
  RequestSubmission,
  RequestReader,
  RequestRemoval,
  RequestList,
  RequestEvents,
  RequestStore,
  RequestPlanning,
  CanonicalService,
  RunLinksService,
  StoredAnswers,
  AnswerCache,
  Answers,
  AnswerBodies,
  AnswerItems,
  RunAssignment,
  RunAdmission,
  RunFreshness,
  RunProgress,
  RunReads,
  UserRows,
];

/** An `api` process takes requests, a `worker` works on their runs, `all` does both. Each serves its own figures. */
@Module({})
export class RequestsModule {
  static forRole(role: Role): DynamicModule {
    const answers = role !== 'worker';
    const works = role !== 'api';
    return {
      module: RequestsModule,
      imports: [AccessModule, PropertiesModule, CohortsModule, CatalogueModule, ResultsModule],
      controllers: answers
        ? [
            RequestsController,
            CanonicalController,
            RequestStreamController,
            UserValuesController,
            AnswerTablesController,
            RunLinksController,
            VisitorsController,
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
        ...(answers ? ANSWERING : []),
        ...(works ? [RunRetention] : []),
      ],
    };
  }
}
