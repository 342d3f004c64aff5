import type { ReactNode } from 'react';

interface Props {
  /** Where the list is. */
  readonly href: string;
  /** What narrows it. */
  readonly query?: Readonly<Record<string, string>>;
  /** What is in the file: `All of them`. */
  readonly label: string;
}

const FORMATS: readonly (readonly [words: string, query: Readonly<Record<string, string>>])[] = [
  ['CSV', { format: 'csv' }],
  ['CSV for spreadsheets', { format: 'csv', excel: 'true' }],
  ['NDJSON', { format: 'ndjson' }],
  ['Parquet', { format: 'parquet' }],
  ['Arrow', { format: 'arrow' }],
];

/** A list as a file, in every format that the service writes. */
export function FileLinks({ href, query, label }: Props): ReactNode {
  return (
    <p className="row">
      <span className="soft">{label}:</span>
      {FORMATS.map(([words, format]) => (
        <a
          key={words}
          className="button button-small"
          href={`${href}?${new URLSearchParams({ ...query, ...format })}`}
          download
        >
          {words}
        </a>
      ))}
    </p>
  );
}
