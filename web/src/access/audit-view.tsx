import type { ReactNode } from 'react';
import type { components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { ACTIONS, type Action } from './audit-actions.js';
import { useActorNames } from '../app/use-actor-names.js';

type Entry = components['schemas']['AuditEntry'];

/** Who did what to which thing, also where it was refused; filters are in the address, and a file has all of it. */
export default function AuditView(): ReactNode {
  const [from, setFrom] = useAddressPart('from');
  const [to, setTo] = useAddressPart('to');
  const [actor, setActor] = useAddressPart('actor');
  const [thing, setThing] = useAddressPart('thing');
  const [asked, setAction] = useAddressPart('action');
  const action = ACTIONS.find((one) => one === asked);
  const nameOf = useActorNames();
  const query = {
    ...(from !== '' && { from }),
    ...(to !== '' && { to }),
    ...(actor !== '' && { actor }),
    ...(action !== undefined && { action }),
    ...(thing !== '' && { thing }),
  };
  const list = useList<Entry>(['audit', query], async (cursor, signal) =>
    unwrapPage(await api.GET('/v1/account/audit', { params: { query: { limit: 100, ...query, ...cursor } }, signal })),
  );
  const file = (format: string): string => `/v1/account/audit?${new URLSearchParams({ ...query, format })}`;
  return (
    <>
      <PageHead
        title="Audit log"
        lead="Who did what to which thing, from where and with which result. Nobody can change an entry."
        actions={
          <>
            <a className="button" href={file('csv')} download="muster-audit.csv">
              Save as CSV
            </a>
            <a className="button" href={file('ndjson')} download="muster-audit.ndjson">
              Save as NDJSON
            </a>
          </>
        }
      />
      <search className="filters">
        <TextField label="From (UTC)" type="date" value={from} onChange={setFrom} />
        <TextField label="Before (UTC)" type="date" value={to} onChange={setTo} />
        <SelectField<Action | ''>
          label="Action"
          value={action ?? ''}
          options={[{ value: '', label: 'Any' }, ...ACTIONS.map((value) => ({ value, label: value }))]}
          onChange={setAction}
        />
        <TextField
          label="Done by"
          type="search"
          placeholder="Id of a member or key"
          value={actor}
          onChange={setActor}
        />
        <TextField
          label="Thing"
          type="search"
          placeholder="Id of a thing or property"
          value={thing}
          onChange={setThing}
        />
      </search>
      <ListFrame
        list={list}
        what="the audit log"
        empty={<Empty title="No entry fits">Another time, or any action, finds more.</Empty>}
      >
        {(rows) => (
          <DataTable
            label="Audit log"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { label: 'When', cell: ({ at }) => <Instant at={at} zone="UTC" /> },
              {
                label: 'Done by',
                cell: ({ actor: by }) =>
                  by === null ? (
                    <span className="soft">the program, or nobody</span>
                  ) : (
                    <>
                      {nameOf(by) ?? 'not here any more'}
                      <Id id={by} onChoose={setActor} what="Only what this one did" />
                    </>
                  ),
              },
              { label: 'Action', cell: (entry) => <code>{entry.action}</code> },
              {
                label: 'Thing',
                cell: ({ thing: what }) =>
                  what !== null && <Id id={what} onChoose={setThing} what="Only what was done to this" />,
              },
              { label: 'Result', cell: ({ status }) => <StatusOf status={status} /> },
              { label: 'Network', cell: ({ network }) => network !== null && <code>{network}</code> },
            ]}
          />
        )}
      </ListFrame>
    </>
  );
}

interface IdProps {
  readonly id: string;
  readonly what: string;
  readonly onChoose: (id: string) => void;
}

/** A long id, cut in the middle, which filters by itself. */
function Id({ id, what, onChoose }: IdProps): ReactNode {
  return (
    <button type="button" className="id-button" title={`${what}: ${id}`} onClick={() => onChoose(id)}>
      {id.length > 18 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id}
    </button>
  );
}

function StatusOf({ status }: { readonly status: number }): ReactNode {
  const isGood = status < 400;
  return (
    <span className={isGood ? 'badge badge-good' : 'badge badge-bad'}>
      {isGood ? 'done' : 'refused'} {status}
    </span>
  );
}
