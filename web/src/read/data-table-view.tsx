import { useRef, type ReactNode } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { formatNumber, formatShare } from '../text/format.js';
import type { Cell, DataColumn, DataTable } from './data-table.js';

const ROW_HEIGHT = 34;
const HIGHEST = 420;

/** A table of any length: only the rows in sight are in the page. */
export function DataTableView({ table, name }: { readonly table: DataTable; readonly name: string }): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const { columns, rows } = table;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div
      className="table-frame table-virtual"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={`Table: ${name}`}
      style={{ maxHeight: HIGHEST }}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name: column, label, type }) => (
              <th key={column} scope="col" className={isNumber(type) ? 'number' : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} columns={columns.length} />
          {items.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 2}>
              {columns.map((column, at) => (
                <td key={column.name} className={isNumber(column.type) ? 'number' : undefined}>
                  {textOf(rows[index]?.[at] ?? null, column)}
                </td>
              ))}
            </tr>
          ))}
          <Gap height={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for the rows that are out of sight. */
function Gap({ height, columns }: { readonly height: number; readonly columns: number }): ReactNode {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} className="table-gap" style={{ height }} />
    </tr>
  );
}

function isNumber(type: DataColumn['type']): boolean {
  return type === 'number' || type === 'share';
}

function textOf(cell: Cell, { type }: DataColumn): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'number') return type === 'share' ? formatShare(cell) : formatNumber(cell);
  return cell;
}
