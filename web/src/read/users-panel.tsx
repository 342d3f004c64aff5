import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { MusterClient, type Answer, type UserRow } from '@muster/client';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { FileLinks } from '../parts/file-links.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { formatCount } from '../text/format.js';
import { reasonWords } from '../text/request-words.js';
import { DataTableView } from './data-table-view.js';
import { reasonsIn, usersTable } from './users-table.js';

/** More are not held in the page; the files have all. */
const MOST_ROWS = 250_000;
const SHOWN_EVERY_MS = 250;

/** The value of every user, or why there is none. They are read as one stream and shown as they come. */
export function UsersPanel({ answer }: { readonly answer: Answer }): ReactNode {
  const { property } = useProperty();
  const { rows, isWhole, error } = useUserRows(property.id, answer.id);
  const [text, setText] = useAddressPart('user');
  const [reason, setReason] = useAddressPart('reason');
  const reasons = useMemo(() => reasonsIn(rows), [rows]);
  const table = useMemo(() => usersTable(answer, rows, { text, reason }), [answer, rows, text, reason]);
  const href = `/v1/properties/${property.id}/requests/${answer.id}/users`;
  return (
    <div className="stack">
      <div className="filters">
        <TextField label="Search users" type="search" value={text} onChange={setText} />
        <SelectField
          label="Value"
          value={reason}
          options={[
            { value: '', label: 'Any' },
            { value: 'value', label: 'With a value' },
            ...reasons.map((one) => ({ value: one, label: `None: ${reasonWords(one)}` })),
          ]}
          onChange={setReason}
        />
      </div>
      <p className="row">
        <span role="status">
          {isWhole
            ? `${formatCount(table.rows.length)} of ${formatCount(rows.length)} users`
            : `Reading the users: ${formatCount(rows.length)} of ${formatCount(answer.cohort.size ?? 0)}…`}
        </span>
      </p>
      <FileLinks label="All of them as a file" href={href} />
      {isWhole && rows.length < (answer.cohort.size ?? 0) && (
        <p className="note note-warn">
          The first {formatCount(rows.length)} of {formatCount(answer.cohort.size ?? 0)} users are shown here. The files
          have all of them.
        </p>
      )}
      {error !== null && <ProblemNote error={error} what="The users were not read" />}
      {isWhole && table.rows.length === 0 ? (
        <Empty title="No user fits">Another part of the id, or any value, finds more.</Empty>
      ) : (
        <DataTableView table={table} name="values of users" />
      )}
    </div>
  );
}

interface UserRows {
  readonly rows: readonly UserRow[];
  /** Whether all were read that are shown here. */
  readonly isWhole: boolean;
  readonly error: unknown;
}

function useUserRows(property: string, id: string): UserRows {
  const [read, setRead] = useState<UserRows>({ rows: [], isWhole: false, error: null });
  useEffect(() => {
    const leaving = new AbortController();
    const rows: UserRow[] = [];
    const show = (): void => setRead({ rows: [...rows], isWhole: false, error: null });
    const readAll = async (): Promise<void> => {
      const client = new MusterClient({ url: window.location.origin }).property(property);
      let shown = performance.now();
      for await (const row of client.values(id, { signal: leaving.signal })) {
        rows.push(row);
        if (rows.length >= MOST_ROWS) break;
        if (performance.now() - shown > SHOWN_EVERY_MS) {
          shown = performance.now();
          show();
        }
      }
      setRead({ rows, isWhole: true, error: null });
    };
    readAll().catch((error: unknown) => {
      if (!leaving.signal.aborted) setRead({ rows, isWhole: true, error });
    });
    return () => leaving.abort();
  }, [property, id]);
  return read;
}
