import { StartOver, type JobContext } from '../../jobs/job-kind.js';
import { retryWhileDatabaseAway } from '../../platform/process/retry-while-away.js';
import type { IngestLedger } from './ingest-ledger.service.js';

/**
 * Does the work of a job by one data version, which is written to the job's row (`data_version`) before.
 * @throws StartOver where a batch was taken back meanwhile: the work is done anew then, by what is left; Superseded;
 * what `work` throws
 */
export async function withDataVersion<T>(
  ledger: IngestLedger,
  propertyId: string,
  context: JobContext,
  work: (dataVersion: number) => Promise<T>,
): Promise<T> {
  const dataVersion = await ledger.steadyVersion(propertyId);
  await context.save({ data_version: dataVersion });
  const found = await work(dataVersion);
  if (!(await retryWhileDatabaseAway(() => ledger.isWhole(propertyId, dataVersion)))) throw new StartOver();
  return found;
}
