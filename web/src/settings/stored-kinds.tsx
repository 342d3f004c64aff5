import type { ReactNode } from 'react';
import type { components } from '@muster/client';
import { DataTable } from '../parts/data-table.js';
import { formatCount } from '../text/format.js';
import { formatBytes } from './bytes.js';

/** Rows and bytes by what they are, the largest first. */
export function StoredKinds({ kinds }: { readonly kinds: readonly components['schemas']['StoredKind'][] }): ReactNode {
  return (
    <DataTable
      label="Stored by kind"
      rows={kinds}
      keyOf={({ kind }) => kind}
      columns={[
        { label: 'Kind', cell: ({ kind }) => kind.replaceAll('_', ' ') },
        { label: 'Rows', isNumber: true, cell: ({ rows }) => formatCount(rows) },
        { label: 'Stored', isNumber: true, cell: ({ bytes }) => (bytes === 0 ? 'little' : formatBytes(bytes)) },
      ]}
    />
  );
}
