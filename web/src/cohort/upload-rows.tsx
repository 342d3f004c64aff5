import type { ReactNode } from 'react';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField } from '../parts/field.js';
import { FileLinks } from '../parts/file-links.js';
import { ListFrame } from '../parts/list-frame.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { formatCount } from '../text/format.js';
import { VERDICTS, type Verdict } from './verdicts.js';

type UploadRow = components['schemas']['UploadRow'];

const PAGE = 200;

/** The rows of a list with their verdicts: page by page, and as files. */
export function UploadRows({ upload }: { readonly upload: components['schemas']['Upload'] }): ReactNode {
  const { property } = useProperty();
  const [asked, setStatus] = useAddressPart('status');
  const status = VERDICTS.find((one) => one === asked);
  const list = useList<UploadRow>(
    ['upload-rows', upload.id, upload.validation?.finished_at, status],
    async (cursor, signal) => {
      const query = { limit: PAGE, ...(status && { status }), ...cursor };
      const params = { path: { property: property.id, id: upload.id }, query };
      return unwrapPage(await api.GET('/v1/properties/{property}/cohort-uploads/{id}/rows', { params, signal }));
    },
  );
  return (
    <section className="stack" aria-label="Rows">
      <div className="filters">
        <SelectField<Verdict | ''>
          label="Verdict"
          value={status ?? ''}
          options={[{ value: '', label: 'Any' }, ...VERDICTS.map((value) => ({ value, label: value }))]}
          onChange={setStatus}
        />
      </div>
      <FileLinks
        label={status === undefined ? 'All rows as a file' : `All ${status} rows as a file`}
        href={`/v1/properties/${property.id}/cohort-uploads/${upload.id}/rows`}
        query={status === undefined ? {} : { status }}
      />
      <ListFrame
        list={list}
        what="the rows"
        empty={<Empty title="No row has this verdict">Any verdict shows more.</Empty>}
      >
        {(rows) => (
          <DataTable
            label="Verdicts"
            rows={rows}
            keyOf={({ row }) => row}
            columns={[
              { label: 'Row', isNumber: true, cell: ({ row }) => formatCount(row) },
              { label: 'What stands there', cell: ({ text }) => <code className="breaks">{text}</code> },
              { label: 'Verdict', cell: (row) => <VerdictOf row={row} /> },
            ]}
          />
        )}
      </ListFrame>
    </section>
  );
}

function VerdictOf({ row: { row, status, reason, first_row: first } }: { readonly row: UploadRow }): ReactNode {
  return (
    <>
      {status}
      {reason !== null && !reason.startsWith(status) && <span className="soft"> {reason.replaceAll('_', ' ')}</span>}
      {first !== null && first !== row && <span className="soft"> first in row {formatCount(first)}</span>}
    </>
  );
}
