import type { ReactNode } from 'react';

export interface Column<T> {
  readonly label: string;
  readonly cell: (row: T) => ReactNode;
  readonly isNumber?: boolean;
}

interface Props<T> {
  /** What the rows are, for who does not see them. */
  readonly label: string;
  /** The first one names the row. */
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
}

/** Rows of one kind; it scrolls by itself where it is too wide. */
export function DataTable<T>({ label, columns, rows, keyOf }: Props<T>): ReactNode {
  return (
    <div className="table-frame" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.label} scope="col" className={column.isNumber === true ? 'number' : undefined}>
                {column.label === '' ? <span className="sr-only">Actions</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, at) => (
                <Cell key={column.label} column={column} row={row} isHead={at === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps<T> {
  readonly column: Column<T>;
  readonly row: T;
  readonly isHead: boolean;
}

function Cell<T>({ column, row, isHead }: CellProps<T>): ReactNode {
  const className = column.isNumber === true ? 'number' : undefined;
  if (!isHead) return <td className={className}>{column.cell(row)}</td>;
  return (
    <th scope="row" className={className}>
      {column.cell(row)}
    </th>
  );
}
