import type { ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { DataTable } from '../parts/data-table.js';
import { Instant } from '../parts/instant.js';
import { Section } from '../parts/section.js';
import { StatusBadge } from '../parts/status-badge.js';
import { formatCount } from '../text/format.js';

type Deletion = components['schemas']['PropertyDeletion'];

const STEPS: Readonly<Record<Deletion['progress']['step'], string>> = {
  waiting: 'waits for what is under way',
  counting: 'counts what goes',
  engine: 'removes events and users',
  database: 'removes everything else',
  done: 'done',
};

/** Properties that were deleted, and how far it is; nothing where there are none. */
export function Deletions(): ReactNode {
  const list = useList<Deletion>(
    ['deletions'],
    async (cursor, signal) =>
      unwrap(await api.GET('/v1/property-deletions', { params: { query: { limit: 20, ...cursor } }, signal })),
    { isUnderWay: (items) => items.some(({ finished_at }) => finished_at === null) },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title="Deleted">
      <DataTable
        label="Deleted properties"
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Property',
            cell: ({ name, slug }) => (
              <>
                {name}
                <span className="under">{slug}</span>
              </>
            ),
          },
          { label: 'State', cell: ({ status }) => <StatusBadge status={status} /> },
          { label: 'How far', cell: ({ progress }) => <Progress progress={progress} /> },
          { label: 'What went', cell: ({ counts }) => countWords(counts) },
          { label: 'Asked', cell: ({ created_at }) => <Instant at={created_at} /> },
        ]}
      />
    </Section>
  );
}

function Progress({ progress: { step, done, total } }: { readonly progress: Deletion['progress'] }): ReactNode {
  if (step === 'done') return STEPS.done;
  return (
    <>
      <progress aria-label="Steps of the deletion" max={total} value={done} />
      <span className="under">{STEPS[step]}</span>
    </>
  );
}

function countWords(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).flatMap(([kind, count]) =>
    count > 0 ? [`${formatCount(count)} ${kind.replaceAll('_', ' ')}`] : [],
  );
  return words.length === 0 ? 'nothing' : words.join(', ');
}
