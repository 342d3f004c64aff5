import { Module, type DynamicModule } from '@nestjs/common';
import type { Role } from '../platform/config/config.js';
import { JobExecution } from './job-execution.js';
import { JobLeases } from './job-leases.js';
import { JobStore } from './job-store.js';
import { JobSweeper } from './job-sweeper.js';
import { JobWatcher } from './job-watcher.js';
import { JobWorker } from './job-worker.js';
import { Jobs } from './jobs.service.js';

const WORKING = [JobStore, JobLeases, JobExecution, JobWorker, JobSweeper];

/** The lifecycle of durable jobs, whatever their kind: `api` enqueues, watches and cancels, the other roles work too. */
@Module({})
export class JobsModule {
  static forRole(role: Role): DynamicModule {
    const providers = [Jobs, JobWatcher, ...(role === 'api' ? [] : WORKING)];
    return { module: JobsModule, global: true, providers, exports: providers };
  }
}
