import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { DataTable } from '../parts/data-table.js';
import { TextField } from '../parts/field.js';
import { Empty } from '../parts/empty.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { formatNumber } from '../text/format.js';

/** What bounds calls, and the setting of the server that changes each of them. */
export default function LimitsView(): ReactNode {
  const [text, setText] = useAddressPart('text');
  const { data, error, refetch } = useQuery({
    queryKey: ['limits'],
    queryFn: async () => unwrap(await api.GET('/v1/limits')),
    staleTime: Infinity,
  });
  const wanted = text.toLowerCase();
  const rows = (data?.data ?? []).filter((limit) =>
    `${limit.name} ${limit.setting} ${limit.description}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <PageHead
        title="Limits"
        lead="What this Muster allows. Whoever runs it changes them by settings of the server."
      />
      <search className="filters">
        <TextField label="Search" type="search" value={text} onChange={setText} />
      </search>
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Reading the limits" />}
      {data !== undefined && rows.length === 0 && <Empty title="No limit fits">Try another word.</Empty>}
      {rows.length > 0 && (
        <DataTable
          label="Limits"
          rows={rows}
          keyOf={({ name }) => name}
          columns={[
            {
              label: 'Limit',
              cell: ({ name, description }) => (
                <>
                  {name.replaceAll('_', ' ')}
                  <span className="under">{description}</span>
                </>
              ),
            },
            { label: 'Value', isNumber: true, cell: ({ value, unit }) => `${formatNumber(value)} ${unit}`.trim() },
            { label: 'Setting', cell: ({ setting }) => <code>{setting}</code> },
          ]}
        />
      )}
    </>
  );
}
