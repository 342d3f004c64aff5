import type { ReactNode } from 'react';
import { useLocation, useParams } from 'wouter';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Facts } from '../parts/facts.js';
import { SelectField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { everyOf } from '../text/every-of.js';
import { formatCount } from '../text/format.js';

type Upload = components['schemas']['Upload'];
type UploadRow = components['schemas']['UploadRow'];
type RowStatus = UploadRow['status'];

const READ_AGAIN_MS = 800;
const ROWS = 200;
const VERDICTS = everyOf<RowStatus>({ valid: true, unknown: true, duplicate: true, invalid: true, blank: true });

/** A list that was sent: the verdict on every row, and the way to make a cohort of it. */
export default function UploadView(): ReactNode {
  const { id = '' } = useParams<{ id: string }>();
  const { property, grants, at } = useProperty();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const path = { property: property.id, id };
  const {
    data: upload,
    error,
    refetch,
  } = useQuery({
    queryKey: ['upload', property.id, id],
    queryFn: async () => unwrap(await api.GET('/v1/properties/{property}/cohort-uploads/{id}', { params: { path } })),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isChecked(data) ? false : READ_AGAIN_MS),
  });
  const finish = useMutation({
    mutationFn: async () => {
      const params = { path };
      return unwrap(
        await api.POST('/v1/properties/{property}/cohort-uploads/{id}/finish', { params, body: { members: 'valid' } }),
      );
    },
    onSuccess: async (cohort) => {
      await client.invalidateQueries({ queryKey: ['cohorts', property.id] });
      navigate(at(`cohorts/${cohort.id}`));
    },
  });
  if (upload === undefined) {
    return error === null ? (
      <Waiting what="Reading the list" isWhole />
    ) : (
      <>
        <PageHead title="List" />
        <ProblemNote error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  const counts = upload.validation?.counts;
  return (
    <>
      <PageHead title={upload.name ?? 'List'} lead="Each row has a verdict. A cohort is made when you say so." />
      {!isChecked(upload) && (
        <Waiting what={`Checking the rows: ${formatCount(upload.rows_checked)} of ${formatCount(upload.rows)}`} />
      )}
      {upload.error !== null && <p className="problem">{upload.error.detail}</p>}
      {upload.warnings.map(({ code, detail }) => (
        <p key={code} className="note note-warn">
          {detail}
        </p>
      ))}
      {counts !== undefined && upload.validation !== null && (
        <>
          <Facts isLarge facts={VERDICTS.map((verdict) => [verdict, formatCount(counts[verdict])])} />
          {finish.error !== null && <ProblemNote error={finish.error} what="No cohort was made" />}
          {upload.status !== 'finished' && grants.has('cohorts:write') && (
            <div>
              <button
                type="button"
                className="button button-main"
                disabled={finish.isPending || upload.validation.members === 0}
                onClick={() => finish.mutate()}
              >
                {finish.isPending ? 'Making it…' : `Make a cohort of ${formatCount(upload.validation.members)} users`}
              </button>
            </div>
          )}
          <Rows upload={upload} />
        </>
      )}
    </>
  );
}

function isChecked({ status }: Upload): boolean {
  return status === 'validated' || status === 'failed' || status === 'finished';
}

function Rows({ upload }: { readonly upload: Upload }): ReactNode {
  const { property } = useProperty();
  const [asked, setStatus] = useAddressPart('status');
  const status = VERDICTS.find((one) => one === asked);
  const { data, error, refetch } = useQuery({
    queryKey: ['upload-rows', upload.id, status],
    queryFn: async () => {
      const query = { limit: ROWS, ...(status && { status }) };
      const params = { path: { property: property.id, id: upload.id }, query };
      return unwrapPage(await api.GET('/v1/properties/{property}/cohort-uploads/{id}/rows', { params }));
    },
  });
  return (
    <section className="stack" aria-label="Rows">
      <div className="filters">
        <SelectField<RowStatus | ''>
          label="Verdict"
          value={status ?? ''}
          options={[{ value: '', label: 'Any' }, ...VERDICTS.map((value) => ({ value, label: value }))]}
          onChange={setStatus}
        />
      </div>
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Reading the rows" />}
      {data !== undefined && (
        <DataTable
          label="Verdicts"
          rows={data.data}
          keyOf={({ row }) => row}
          columns={[
            { label: 'Row', isNumber: true, cell: ({ row }) => formatCount(row) },
            { label: 'What stands there', cell: ({ text }) => <code>{text}</code> },
            { label: 'Verdict', cell: (row) => <Verdict row={row} /> },
          ]}
        />
      )}
      {data !== undefined && data.next_cursor !== null && (
        <p className="soft">
          The first {formatCount(ROWS)} rows.{' '}
          <a href={`/v1/properties/${property.id}/cohort-uploads/${upload.id}/rows?format=csv`} download>
            All rows as CSV
          </a>
        </p>
      )}
    </section>
  );
}

function Verdict({ row: { row, status, reason, first_row: first } }: { readonly row: UploadRow }): ReactNode {
  return (
    <>
      {status}
      {reason !== null && reason !== status && <span className="soft"> {reason.replaceAll('_', ' ')}</span>}
      {first !== null && first !== row && <span className="soft"> first in row {formatCount(first)}</span>}
    </>
  );
}
