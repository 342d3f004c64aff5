import { MusterError } from '../muster-error.js';
import type { PropertyClient } from '../property-client.js';
import type { UsageBatch } from '../types.js';

/** Items of batches that the service has refused for good, and why. */
export interface DroppedUsage {
  readonly items: readonly object[];
  readonly error: MusterError;
}

const LISTS = ['counts', 'seen', 'marks'] as const;
const ITEM = /^\/(counts|seen|marks)\/(\d+)(\/|$)/;
/** An answer that does not come is no answer: the batch is sent again. */
const PATIENCE_MS = 30_000;

/**
 * Sends a batch until all that the service takes of it is counted: items that it refuses are taken out and told, the
 * others are sent under the same id, as nothing of a refused batch has been counted.
 *
 * @throws what another call may mend: the service is away, busy, or does not let the key in
 */
export async function sendBatch(
  client: PropertyClient,
  batch: UsageBatch,
  onDropped: (dropped: DroppedUsage) => void,
): Promise<void> {
  let rest = batch;
  while (LISTS.some((list) => (rest[list]?.length ?? 0) > 0)) {
    try {
      await client.sendUsage(rest, { signal: AbortSignal.timeout(PATIENCE_MS) });
      return;
    } catch (error) {
      if (!(error instanceof MusterError) || !isFinal(error)) throw error;
      const { kept, items } = withoutRefused(rest, error);
      onDropped({ items, error });
      rest = kept;
    }
  }
}

/** A batch that is too old as a whole may have been counted long ago: it is not sent in parts. */
function withoutRefused(batch: UsageBatch, { errors }: MusterError): { kept: UsageBatch; items: object[] } {
  const refused = errors.map(({ pointer = '' }) => ITEM.exec(pointer));
  const isWhole = refused.length === 0 || refused.some((found) => found === null);
  const names = new Set(refused.map((found) => `${found?.[1]}/${found?.[2]}`));
  const isRefused = (list: string, i: number): boolean => isWhole || names.has(`${list}/${i}`);
  const items = LISTS.flatMap((list) => (batch[list] ?? []).filter((_, i) => isRefused(list, i)));
  const kept = Object.fromEntries(
    LISTS.map((list) => [list, (batch[list] ?? []).filter((_, i) => !isRefused(list, i))]),
  );
  return { kept: { ...batch, ...kept }, items };
}

/** 4xx that stays as it is; keys and quotas can change, and a 404 is a property that may come back. */
function isFinal({ status }: MusterError): boolean {
  return [400, 409, 413, 415, 422].includes(status);
}
