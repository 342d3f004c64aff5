import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { everyOf } from '../text/every-of.js';
import { formatCount } from '../text/format.js';

type Upload = components['schemas']['Upload'];
type Status = Upload['status'];

const LOOKS: Readonly<Record<Status, readonly [look: string, words: string]>> = {
  receiving: ['badge badge-accent', 'comes in'],
  queued: ['badge', 'waits to be checked'],
  validating: ['badge badge-accent', 'is checked'],
  validated: ['badge badge-good', 'checked'],
  failed: ['badge badge-bad', 'check failed'],
  finished: ['badge', 'is a cohort'],
};
const STATUSES = everyOf<Status>(LOOKS);

/** Lists of users that were sent: checked, made a cohort, or dropped. */
export default function UploadsView(): ReactNode {
  const { property, grants, at } = useProperty();
  const [asked, setStatus] = useAddressPart('status');
  const status = STATUSES.find((one) => one === asked);
  const [dropped, setDropped] = useState<Upload | null>(null);
  const canChange = grants.has('cohorts:write');
  const list = useList<Upload>(
    ['uploads', property.id, status],
    async (cursor, signal) =>
      unwrap(
        await api.GET('/v1/properties/{property}/cohort-uploads', {
          params: { path: { property: property.id }, query: { limit: 50, ...(status && { status }), ...cursor } },
          signal,
        }),
      ),
    { isUnderWay: (items) => items.some((one) => ['receiving', 'queued', 'validating'].includes(one.status)) },
  );
  return (
    <>
      <PageHead
        title="Uploads"
        lead="Lists of users, each row with a verdict, before they become a cohort."
        actions={
          canChange && (
            <Link className="button button-main" href={at('cohorts/new')}>
              Send a list
            </Link>
          )
        }
      />
      <search className="filters">
        <SelectField<Status | ''>
          label="State"
          value={status ?? ''}
          options={[{ value: '', label: 'Any' }, ...STATUSES.map((value) => ({ value, label: LOOKS[value][1] }))]}
          onChange={setStatus}
        />
      </search>
      <ListFrame
        list={list}
        what="the uploads"
        empty={
          <Empty title={status === undefined ? 'No list is here' : 'No list is in this state'}>
            {status === undefined
              ? 'A list of users in a file, or pasted, is checked row by row and becomes a cohort.'
              : 'Any state shows more.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Uploads"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'List',
                cell: ({ id, name, target }) => (
                  <Link href={at(`uploads/${id}`)}>{name ?? (target === null ? 'without a name' : 'new version')}</Link>
                ),
              },
              { label: 'State', cell: (one) => <span className={LOOKS[one.status][0]}>{LOOKS[one.status][1]}</span> },
              { label: 'Rows', isNumber: true, cell: (one) => formatCount(one.rows) },
              { label: 'Valid', isNumber: true, cell: ({ validation }) => countOf(validation, 'valid') },
              { label: 'Unknown', isNumber: true, cell: ({ validation }) => countOf(validation, 'unknown') },
              { label: 'Invalid', isNumber: true, cell: ({ validation }) => countOf(validation, 'invalid') },
              { label: 'Sent', cell: ({ created_at }) => <Instant at={created_at} zone={property.time_zone} /> },
              { label: 'Kept until', cell: ({ expires_at }) => <Instant at={expires_at} zone={property.time_zone} /> },
              ...(canChange
                ? [
                    {
                      label: '',
                      cell: (one: Upload) => (
                        <div className="actions">
                          <button type="button" className="button button-small" onClick={() => setDropped(one)}>
                            Drop
                          </button>
                        </div>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </ListFrame>
      {dropped && <DropUpload upload={dropped} onClose={() => setDropped(null)} />}
    </>
  );
}

function countOf(validation: Upload['validation'], verdict: 'valid' | 'unknown' | 'invalid'): ReactNode {
  return validation === null ? <span className="soft">–</span> : formatCount(validation.counts[verdict]);
}

function DropUpload({ upload, onClose }: { readonly upload: Upload; readonly onClose: () => void }): ReactNode {
  const { property } = useProperty();
  const drop = useChange(
    async () =>
      unwrapNothing(
        await api.DELETE('/v1/properties/{property}/cohort-uploads/{id}', {
          params: { path: { property: property.id, id: upload.id } },
        }),
      ),
    { changes: [['uploads', property.id]], onDone: onClose },
  );
  return (
    <ConfirmDialog
      title="Drop the list"
      action="Drop it"
      change={drop}
      onConfirm={() => drop.mutate()}
      onClose={onClose}
    >
      <p>
        Its {formatCount(upload.rows)} rows and their verdicts are removed.{' '}
        {upload.cohort !== null && 'The cohort stays.'}
      </p>
    </ConfirmDialog>
  );
}
