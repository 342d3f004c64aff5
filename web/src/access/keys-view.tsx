import { useState, type ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { useProperties } from '../api/properties.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { everyOf } from '../text/every-of.js';
import { ChangeKey } from './change-key.js';
import { HeldCell } from './held-cell.js';
import { NewKey } from './new-key.js';
import { RevokeKey } from './revoke-key.js';
import { nameOf } from './roles.js';
import { RotateKey } from './rotate-key.js';

type Key = components['schemas']['Key'];
type State = Key['state'];
type Open = { readonly what: 'change' | 'rotate' | 'revoke'; readonly key: Key };

const STATES = everyOf<State>({ active: true, expired: true, revoked: true });
const LOOKS: Readonly<Record<State, string>> = {
  active: 'badge badge-good',
  expired: 'badge badge-warn',
  revoked: 'badge',
};

/** The keys of programs and pages: what they may do, when they were used, and how they end. */
export default function KeysView(): ReactNode {
  const canChange = grantsOf(useSignedIn()).has('keys:write');
  const { data: properties = [] } = useProperties();
  const [asked, setState] = useAddressPart('state');
  const state = STATES.find((one) => one === asked);
  const [isMaking, setMaking] = useState(false);
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const keys = useList<Key>(['keys', state], async (cursor, signal) =>
    unwrap(
      await api.GET('/v1/account/keys', {
        params: { query: { limit: 100, ...(state && { state }), ...cursor } },
        signal,
      }),
    ),
  );
  return (
    <>
      <PageHead
        title="Keys"
        lead="What programs call Muster with, and what pages send events with."
        actions={
          canChange && (
            <button type="button" className="button button-main" onClick={() => setMaking(true)}>
              Make a key
            </button>
          )
        }
      />
      <search className="filters">
        <SelectField<State | ''>
          label="State"
          value={state ?? ''}
          options={[{ value: '', label: 'Any' }, ...STATES.map((value) => ({ value, label: value }))]}
          onChange={setState}
        />
      </search>
      <ListFrame
        list={keys}
        what="the keys"
        empty={<Empty title="No key is in this state">Choose any state, or make a key for a program.</Empty>}
      >
        {(rows) => (
          <DataTable
            label="Keys"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { label: 'Key', cell: (key) => <NameCell name={key.name} kind={key.kind} hints={key.secrets} /> },
              { label: 'State', cell: (key) => <span className={LOOKS[key.state]}>{key.state}</span> },
              {
                label: 'May do',
                cell: (key) =>
                  key.kind === 'public' ? (
                    <>
                      send events from <OriginList origins={key.origins as readonly string[] | null} />
                    </>
                  ) : (
                    <HeldCell held={{ ...key, properties: null }} properties={properties} />
                  ),
              },
              {
                label: 'Where',
                cell: (key) =>
                  (key.properties as readonly string[] | null)?.map((id) => nameOf(id, properties)).join(', ') ??
                  'the account',
              },
              { label: 'Used last', cell: ({ last_used_at }) => <Instant at={last_used_at} /> },
              { label: 'Ends', cell: (key) => <Instant at={key.revoked_at ?? key.expires_at} /> },
              ...(canChange ? [{ label: '', cell: (key: Key) => <Actions of={key} onOpen={setOpen} /> }] : []),
            ]}
          />
        )}
      </ListFrame>
      {isMaking && <NewKey properties={properties} onClose={() => setMaking(false)} />}
      {open?.what === 'change' && <ChangeKey of={open.key} properties={properties} onClose={close} />}
      {open?.what === 'rotate' && <RotateKey of={open.key} onClose={close} />}
      {open?.what === 'revoke' && <RevokeKey of={open.key} onClose={close} />}
    </>
  );
}

interface NameProps {
  readonly name: string;
  readonly kind: Key['kind'];
  readonly hints: Key['secrets'];
}

function NameCell({ name, kind, hints }: NameProps): ReactNode {
  return (
    <>
      {name} {kind === 'public' && <span className="badge">public</span>}
      {hints.map(({ hint, ends_at }) => (
        <span className="under" key={hint}>
          …{hint}
          {ends_at !== null && (
            <>
              {' '}
              until <Instant at={ends_at} />
            </>
          )}
        </span>
      ))}
    </>
  );
}

function OriginList({ origins }: { readonly origins: readonly string[] | null }): ReactNode {
  return (origins ?? []).map((origin) => (
    <div key={origin}>
      <code>{origin}</code>
    </div>
  ));
}

function Actions({ of: key, onOpen }: { readonly of: Key; readonly onOpen: (open: Open) => void }): ReactNode {
  if (key.state === 'revoked') return null;
  return (
    <div className="actions">
      <button type="button" className="button button-small" onClick={() => onOpen({ what: 'change', key })}>
        Change
      </button>
      <button type="button" className="button button-small" onClick={() => onOpen({ what: 'rotate', key })}>
        Rotate
      </button>
      <button type="button" className="button button-small button-bad" onClick={() => onOpen({ what: 'revoke', key })}>
        Revoke
      </button>
    </div>
  );
}
