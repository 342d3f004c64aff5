import type { ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { Instant } from '../parts/instant.js';
import { formatCount } from '../text/format.js';

interface Props {
  readonly batch: components['schemas']['Batch'];
  readonly onClose: () => void;
}

/** Takes a batch back as a whole, and says first what that moves. */
export function UndoBatch({ batch, onClose }: Props): ReactNode {
  const { property } = useProperty();
  const undo = useChange(
    async () =>
      unwrap(
        await api.DELETE('/v1/properties/{property}/batches/{seq}', {
          params: { path: { property: property.id, seq: String(batch.seq) } },
        }),
      ),
    {
      changes: [
        ['batches', property.id],
        ['schema', property.id],
        ['requests', property.id],
      ],
      onDone: onClose,
    },
  );
  const { first_event_at: first, last_event_at: last } = batch;
  return (
    <ConfirmDialog
      title={`Take batch ${formatCount(batch.seq)} back`}
      action="Take it back"
      typed={String(batch.seq)}
      change={undo}
      onConfirm={() => undo.mutate()}
      onClose={onClose}
    >
      <p>
        {formatCount(batch.accepted)} {batch.kind} that were new with it count no more
        {first !== null && last !== null && (
          <>
            , from <Instant at={first} zone={property.time_zone} /> to <Instant at={last} zone={property.time_zone} />
          </>
        )}
        . What another batch has sent too stays.
      </p>
      <p>
        Stored answers that read these days become stale, and say so. The way back is to send it again; it gets another
        number then.
      </p>
    </ConfirmDialog>
  );
}
