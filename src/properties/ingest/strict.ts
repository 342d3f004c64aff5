import { Failure } from '../../core/failure.js';
import type { FaultGroups } from '../../core/ingest/fault-groups.js';

/** So many places are named. */
const MAX_TOLD = 100;

/** @throws Failure strict_batch_rejected when an item was rejected, with pointers into the array */
export function refuseAnyRejected({ rejected }: { readonly rejected: FaultGroups }): void {
  if (rejected.items === 0) return;
  const { errors, errors_omitted: untold = 0 } = rejected.report();
  const places = errors
    .flatMap(({ indexes, pointer, code, detail }) => indexes.map((index) => ({ index, pointer, code, detail })))
    .toSorted((a, b) => a.index - b.index);
  const reported = places
    .slice(0, MAX_TOLD)
    .map(({ index, pointer, code, detail }) => ({ pointer: `/${index}${pointer}`, code, detail }));
  const omitted = untold + places.length - reported.length;
  const what = rejected.items === 1 ? 'One item is' : `${rejected.items} items are`;
  throw new Failure('strict_batch_rejected', `${what} not valid, so nothing was stored.`, reported, {
    rejected: rejected.items,
    ...(omitted > 0 && { errors_omitted: omitted }),
  });
}
