import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CohortsModule } from '../cohorts/cohorts.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import type { Role } from '../platform/config/config.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { ResultsModule } from '../results/results.module.js';
import { AnswerTablesController } from './answer-tables.controller.js';
import { RequestPlanning } from './request-planning.js';
import { CanonicalController } from './canonical.controller.js';
import { CanonicalService } from './canonical.service.js';
import { IngestWait } from './ingest-wait.js';
import { StoredAnswer } from './stored-answer.js';
import { RequestStore } from './request-store.js';
import { RequestsController } from './requests.controller.js';
import { RequestsService } from './requests.service.js';
import { RunAssignment } from './run-assignment.js';
import { RunExecution } from './run-execution.js';
import { RunFreshness } from './run-freshness.js';
import { RunLine } from './run-line.js';
import { RunLog } from './run-log.js';
import { RunMeter } from './run-meter.js';
import { RunMetrics } from './run-metrics.js';
import { RunLinksController } from './run-links.controller.js';
import { RunLinksService } from './run-links.service.js';
import { RunMeasurement } from './run-measurement.js';
import { RunProcessor } from './run-processor.js';
import { RunProgress } from './run-progress.js';
import { RunStore } from './run-store.js';
import { RunOutlook } from './run-outlook.js';
import { EventsController } from './events.controller.js';
import { RequestEvents } from './request-events.js';
import { OpenMetricsController } from './openmetrics.controller.js';
import { QueueFigures } from './queue-figures.js';
import { RunSweeper } from './run-sweeper.js';
import { RunWatcher } from './run-watcher.js';
import { UserValuesController } from './user-values.controller.js';

const ASKING: Provider[] = [
  RequestsService,
  RunLinksService,
  RequestPlanning,
  CanonicalService,
  IngestWait,
  StoredAnswer,
  RunOutlook,
  QueueFigures,
  RequestEvents,
  RunAssignment,
  RunFreshness,
  RunStore,
  RequestStore,
];
const WORKING: Provider[] = [RunProcessor, RunExecution, RunMeasurement, RunMeter, RunSweeper];

/** `api` takes requests and leaves the work to others, `worker` only works, `all` does both. */
@Module({})
export class RequestsModule {
  static forRole(role: Role): DynamicModule {
    const asks = role !== 'worker';
    const works = role !== 'api';
    return {
      module: RequestsModule,
      imports: [PropertiesModule, CohortsModule, MetricsModule, ResultsModule],
      controllers: asks
        ? [
            RequestsController,
            CanonicalController,
            EventsController,
            UserValuesController,
            AnswerTablesController,
            RunLinksController,
            OpenMetricsController,
          ]
        : [],
      providers: [
        RunWatcher,
        RunProgress,
        RunLine,
        RunLog,
        RunMetrics,
        ...(asks ? ASKING : []),
        ...(works ? WORKING : []),
      ],
    };
  }
}
