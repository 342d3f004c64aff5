import type { ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';

type Mark = components['schemas']['StoredMark'];

/** What was marked when, the newest first. */
export function UsageMarks(): ReactNode {
  const { property } = useProperty();
  const list = useList<Mark>(['usage', property.id, 'marks'], async (cursor, signal) =>
    unwrap(
      await api.GET('/v1/properties/{property}/usage/marks', {
        params: { path: { property: property.id }, query: { limit: 50, ...cursor } },
        signal,
      }),
    ),
  );
  return (
    <ListFrame list={list} what="the marks" empty={<p className="soft">No mark was set.</p>}>
      {(rows) => (
        <DataTable
          label="Marks in time"
          rows={rows}
          keyOf={({ at, event, category }) => `${at} ${category} ${event}`}
          columns={[
            { label: 'Mark', cell: ({ event }) => event },
            { label: 'Category', cell: ({ category }) => category },
            { label: 'When', cell: ({ at }) => <Instant at={at} zone={property.time_zone} /> },
          ]}
        />
      )}
    </ListFrame>
  );
}
