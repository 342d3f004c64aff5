import type { ReactNode } from 'react';
import { MusterError, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { SESSION } from '../api/session.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { formatBytes } from './bytes.js';
import { useStorage } from './use-storage.js';

interface Props {
  readonly property: Property;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Deletes a property with all that it owns, after its slug was typed; the list of properties tells how far it is. */
export function DeleteProperty({ property, onDone, onClose }: Props): ReactNode {
  const { data: storage } = useStorage();
  const stored = storage?.properties.find(({ id }) => id === property.id);
  const remove = useChange(
    async () => {
      const { data, error, response } = await api.DELETE('/v1/properties/{property}', {
        params: { path: { property: property.id }, query: { force: 'true' } },
      });
      if (data === undefined) throw MusterError.fromResponse(response, error);
      return data;
    },
    { changes: [['properties'], ['deletions'], ['storage'], SESSION], onDone },
  );
  return (
    <ConfirmDialog
      title={`Delete ${property.name}`}
      action="Delete it for good"
      typed={property.slug}
      change={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        Everything that it owns goes with it: events, users, cohorts, requests and their results.{' '}
        <strong>There is no way back.</strong> The slug is free at once.
      </p>
      {storage === undefined ? (
        <Waiting what="Counting what it owns" />
      ) : (
        stored !== undefined && (
          <ul>
            {stored.kinds.map(({ kind, rows, bytes }) => (
              <li key={kind}>
                {formatCount(rows)} {kind.replaceAll('_', ' ')}
                {bytes > 0 && `, ${formatBytes(bytes)}`}
              </li>
            ))}
          </ul>
        )
      )}
    </ConfirmDialog>
  );
}
