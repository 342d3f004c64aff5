import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useList } from '../api/lists.js';
import { grantsOf } from '../api/session.js';
import { useProperty } from '../app/property.js';
import { useSignedIn } from '../app/session-context.js';
import { ChangeForm } from '../parts/change-form.js';
import { CopyButton } from '../parts/copy-button.js';
import { DataTable } from '../parts/data-table.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { Section } from '../parts/section.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { linesOf } from '../text/lines.js';
import { CollectSettings } from './collect-settings.js';
import { isPublicKey, snippetOf, trackablesTagOf } from './snippet.js';

type Key = components['schemas']['Key'];

/** What to paste into a page so that its visits come in: the tag, with a public key of the property. */
export default function TrackerView(): ReactNode {
  const { property, at } = useProperty();
  const session = useSignedIn();
  const account = grantsOf(session);
  const [key, setKey] = useState('');
  const snippet = snippetOf(window.location.origin, key);
  return (
    <>
      <PageHead
        title="Tracker"
        lead={`One tag counts the pages of a site, its sessions, and what visitors do with marked elements. It sends them to ${property.name}.`}
      />
      {account.has('keys:write') && (
        <Section
          title="1. A public key"
          lead="It may stand in a page: it sends events of this property, and opens nothing else."
        >
          <PublicKey onMade={setKey} />
        </Section>
      )}
      <Section
        title={account.has('keys:write') ? '2. The tag' : 'The tag'}
        lead="Into the head of every page, as it is."
        actions={<CopyButton label="Copy the tag" text={() => snippet} />}
      >
        <div className="narrow-form">
          <TextField
            label="Public key"
            placeholder="muster_pk_..."
            hint={
              account.has('keys:write')
                ? 'The one made above, or one that you have.'
                : 'Ask an owner or admin for one: it is shown once, when it is made.'
            }
            error={key === '' || isPublicKey(key) ? undefined : 'A public key begins with muster_pk_.'}
            value={key}
            onChange={setKey}
          />
        </div>
        <pre className="code-block" tabIndex={0} aria-label="Tag to paste">
          <code>{snippet}</code>
        </pre>
        <p>
          Pages with statistics, states, timers or sequences load a second script beside it, before or after:{' '}
          <code>{trackablesTagOf(window.location.origin)}</code>
        </p>
      </Section>
      {account.has('keys:read') && <KeysOfProperty />}
      <Section title="What is collected" lead="What trackers may tell of people who visit.">
        <CollectSettings />
      </Section>
      <Section title="What comes in">
        <p>
          The first visit is in <Link href={at('schema')}>What came in</Link> as an event <code>$page</code> a moment
          after a page was opened; each body is a batch of <Link href={at('batches')}>Batches</Link>.
        </p>
      </Section>
    </>
  );
}

function PublicKey({ onMade }: { readonly onMade: (secret: string) => void }): ReactNode {
  const { property } = useProperty();
  const [name, setName] = useState('web site');
  const [origins, setOrigins] = useState('');
  const make = useChange(
    async () =>
      unwrap(
        await api.POST('/v1/account/keys', {
          body: { name, kind: 'public', property: property.id, origins: linesOf(origins) },
        }),
      ),
    { changes: [['keys']], onDone: ({ secret }) => onMade(secret) },
  );
  if (make.isSuccess) {
    return (
      <p className="note" role="status">
        The key {make.data.name} is made, and stands in the tag below. It is shown this once; a page that has the tag
        keeps it.
      </p>
    );
  }
  return (
    <div className="narrow-form">
      <ChangeForm action="Make a public key" what="No key was made" change={make} onSubmit={() => make.mutate()}>
        <TextField label="Name" required value={name} onChange={setName} error={errorAt(make.error, '/name')} />
        <TextAreaField
          label="Origins"
          hint="The pages from which it is taken, one a line: https://www.example.org or *.example.org"
          rows={2}
          value={origins}
          onChange={setOrigins}
          error={errorAt(make.error, '/origins')}
        />
      </ChangeForm>
    </div>
  );
}

function KeysOfProperty(): ReactNode {
  const { property } = useProperty();
  const list = useList<Key>(['keys', 'active'], async (cursor, signal) =>
    unwrap(
      await api.GET('/v1/account/keys', { params: { query: { limit: 1000, state: 'active', ...cursor } }, signal }),
    ),
  );
  const rows = (list.data?.pages ?? [])
    .flatMap(({ data }) => data)
    .filter(
      ({ kind, properties }) => kind === 'public' && (properties as readonly string[] | null)?.includes(property.id),
    );
  if (rows.length === 0) return null;
  return (
    <Section title="Public keys of this property" lead="By their last four characters.">
      <DataTable
        label="Public keys"
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Key',
            cell: ({ name, secrets }) => (
              <>
                {name}
                <span className="under">{secrets.map(({ hint }) => `…${hint}`).join(', ')}</span>
              </>
            ),
          },
          { label: 'From', cell: ({ origins }) => ((origins as readonly string[] | null) ?? []).join(', ') },
          { label: 'Used last', cell: ({ last_used_at }) => <Instant at={last_used_at} /> },
        ]}
      />
    </Section>
  );
}
