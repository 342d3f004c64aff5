import { DataSource } from 'typeorm';
import { RequestEntity } from '../../src/requests/run/request.entity.js';
import { RunEntity } from '../../src/requests/run/run.entity.js';
import type { TestApp } from './test-app.js';

/** The rows of the runs behind requests, in the order of the requests, each run once. */
export async function runsOf(app: TestApp, ...requestIds: string[]): Promise<RunEntity[]> {
  const { manager } = app.get(DataSource);
  const runs = new Map<string, RunEntity>();
  for (const id of requestIds) {
    const { runId } = await manager.findOneByOrFail(RequestEntity, { id });
    runs.set(runId, await manager.findOneByOrFail(RunEntity, { id: runId }));
  }
  return [...runs.values()];
}

export async function allRuns(app: TestApp): Promise<RunEntity[]> {
  return await app.get(DataSource).manager.find(RunEntity, { order: { id: 'ASC' } });
}
