import { useState, type ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { useProperties } from '../api/properties.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';
import { CopyButton } from '../parts/copy-button.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { HeldCell } from './held-cell.js';
import { ProviderDialog } from './provider-dialog.js';
import { RemoveProvider } from './remove-provider.js';

type Provider = components['schemas']['Provider'];
type Open = { readonly what: 'new' } | { readonly what: 'change' | 'remove'; readonly provider: Provider };

const SIGN_UP: Readonly<Record<Provider['sign_up'], string>> = {
  closed: 'nobody new',
  invitation: 'who is invited',
  domain: 'who has an address of a domain',
};

/** Who signs people in beside Muster's own passwords. */
export default function SignInView(): ReactNode {
  const canChange = grantsOf(useSignedIn()).has('account:write');
  const { data: properties = [] } = useProperties();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const list = useList<Provider>(['providers'], async (cursor, signal) =>
    unwrap(await api.GET('/v1/account/providers', { params: { query: { limit: 100, ...cursor } }, signal })),
  );
  return (
    <>
      <PageHead
        title="Sign-in"
        lead="Providers of OpenID Connect by which people sign in, beside an address and a password."
        actions={
          canChange && (
            <button type="button" className="button button-main" onClick={() => setOpen({ what: 'new' })}>
              Add a provider
            </button>
          )
        }
      />
      <ListFrame
        list={list}
        what="the providers"
        empty={
          <Empty title="People sign in by password alone">
            Where your organisation has a provider of OpenID Connect, add it, and register the address that is shown
            then.
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Providers"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'Provider',
                cell: ({ name, issuer }) => (
                  <>
                    {name}
                    <span className="under">{issuer}</span>
                  </>
                ),
              },
              {
                label: 'Domains',
                cell: ({ domains }) => (domains.length === 0 ? <span className="soft">none</span> : domains.join(', ')),
              },
              {
                label: 'Lets in',
                cell: (one) => (
                  <>
                    {SIGN_UP[one.sign_up]}
                    {one.sign_up === 'domain' && (
                      <div className="soft">
                        <HeldCell held={one} properties={properties} />
                      </div>
                    )}
                  </>
                ),
              },
              {
                label: 'Register there',
                cell: ({ redirect_uri }) => (
                  <span className="row">
                    <code className="breaks">{redirect_uri}</code>
                    <CopyButton label="Copy" text={() => redirect_uri} />
                  </span>
                ),
              },
              ...(canChange
                ? [
                    {
                      label: '',
                      cell: (provider: Provider) => (
                        <div className="actions">
                          <button
                            type="button"
                            className="button button-small"
                            onClick={() => setOpen({ what: 'change', provider })}
                          >
                            Change
                          </button>
                          <button
                            type="button"
                            className="button button-small button-bad"
                            onClick={() => setOpen({ what: 'remove', provider })}
                          >
                            Remove
                          </button>
                        </div>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </ListFrame>
      {open?.what === 'new' && <ProviderDialog provider={null} properties={properties} onClose={close} />}
      {open?.what === 'change' && <ProviderDialog provider={open.provider} properties={properties} onClose={close} />}
      {open?.what === 'remove' && <RemoveProvider provider={open.provider} onClose={close} />}
    </>
  );
}
