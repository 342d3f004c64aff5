import { Module, type DynamicModule } from '@nestjs/common';
import { JobEvents } from './job-events.js';
import { JobExecution } from './job-execution.js';
import { JobKinds, type JobKind } from './job-kind.js';
import { JobLeases } from './job-leases.js';
import { JobStore } from './job-store.js';
import { JobSweeper } from './job-sweeper.js';
import { JobWatcher } from './job-watcher.js';
import { JobWorker } from './job-worker.js';
import { Jobs } from './jobs.service.js';

/**
 * The lifecycle of durable jobs, whatever their kind. Every process enqueues, watches and cancels; those whose role is
 * not `api` work too.
 */
@Module({})
export class JobsModule {
  static forKinds(kinds: readonly JobKind[]): DynamicModule {
    const providers = [Jobs, JobWatcher, JobEvents, JobStore, JobLeases, JobExecution, JobWorker, JobSweeper];
    return {
      module: JobsModule,
      global: true,
      providers: [{ provide: JobKinds, useValue: new JobKinds(kinds) }, ...providers],
      exports: providers,
    };
  }
}
