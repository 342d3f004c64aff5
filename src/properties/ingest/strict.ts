import { Failure } from '../../core/failure.js';
import { rejectionDetail } from '../../core/ingest/rejection.js';
import type { ItemCollector } from './item-collector.js';
import type { RowBatch } from './row-batch.js';

/** @throws Failure strict_batch_rejected when an item was rejected, with pointers into the array */
export function refuseAnyRejected({
  rejected,
  rejections,
}: Pick<ItemCollector<RowBatch>, 'rejected' | 'rejections'>): void {
  if (rejected === 0) return;
  const errors = rejections.map((rejection) => ({
    pointer: `/${rejection.index}${rejection.pointer}`,
    code: rejection.code,
    detail: rejectionDetail(rejection),
  }));
  const what = rejected === 1 ? 'One item is' : `${rejected} items are`;
  throw new Failure('strict_batch_rejected', `${what} not valid, so nothing was stored.`, errors, { rejected });
}
