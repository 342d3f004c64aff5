import type { ReactNode } from 'react';
import { useProperties } from '../api/properties.js';
import { DataTable } from '../parts/data-table.js';
import { Facts } from '../parts/facts.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { formatBytes } from './bytes.js';
import { StoredKinds } from './stored-kinds.js';
import { useStorage } from './use-storage.js';

/** How much is stored, by property and by kind. */
export default function StorageView(): ReactNode {
  const { data: properties = [] } = useProperties();
  const { data, error, refetch } = useStorage();
  if (data === undefined) {
    return (
      <>
        <PageHead title="Storage" />
        {error === null ? (
          <Waiting what="Counting what is stored" />
        ) : (
          <ProblemNote error={error} onRetry={() => void refetch()} />
        )}
      </>
    );
  }
  const largest = Math.max(1, ...data.properties.map(({ bytes }) => bytes));
  return (
    <>
      <PageHead title="Storage" lead="What the properties of the account take on the disk." />
      <Facts
        isLarge
        facts={[
          ['In all', formatBytes(data.bytes)],
          ['Properties', formatCount(data.properties.length)],
        ]}
      />
      <Section title="By property">
        <DataTable
          label="Storage by property"
          rows={data.properties}
          keyOf={({ id }) => id}
          columns={[
            { label: 'Property', cell: ({ id, slug }) => properties.find((one) => one.id === id)?.name ?? slug },
            { label: 'Stored', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
            {
              label: 'Of the largest',
              cell: ({ bytes, slug }) => <meter aria-label={`Share of ${slug}`} max={largest} value={bytes} />,
            },
          ]}
        />
      </Section>
      <Section title="By kind">
        <StoredKinds kinds={data.kinds} />
      </Section>
    </>
  );
}
