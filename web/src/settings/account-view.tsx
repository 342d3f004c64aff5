import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { grantsOf, SESSION } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';
import { ChangeForm } from '../parts/change-form.js';
import { errorAt } from '../parts/field-errors.js';
import { Facts } from '../parts/facts.js';
import { TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { Waiting } from '../parts/waiting.js';
import { DeleteAccount } from './delete-account.js';

type Account = components['schemas']['Account'];

/** What the account is called, and how it ends. */
export default function AccountView(): ReactNode {
  const {
    data: account,
    error,
    refetch,
  } = useQuery({ queryKey: ['account'], queryFn: async () => unwrap(await api.GET('/v1/account')) });
  if (account !== undefined) return <AccountOf account={account} />;
  if (error === null) return <Waiting what="Reading the account" isWhole />;
  return (
    <>
      <PageHead title="Account" />
      <ProblemNote error={error} onRetry={() => void refetch()} />
    </>
  );
}

function AccountOf({ account }: { readonly account: Account }): ReactNode {
  const session = useSignedIn();
  const [isDeleting, setDeleting] = useState(false);
  const role = session.accounts.find((one) => one.account === session.account)?.role;
  return (
    <>
      <PageHead title="Account" lead="It owns properties, keys and members, and shares nothing with other accounts." />
      <Facts
        facts={[
          ['Name', account.name],
          ['Id', <code key="id">{account.id}</code>],
          ['Made', <Instant key="made" at={account.created_at} />],
        ]}
      />
      {grantsOf(session).has('account:write') ? (
        <Section title="Name">
          <NameForm account={account} />
        </Section>
      ) : (
        <p className="note">Changing it needs the grant account:write, which you do not hold.</p>
      )}
      {role === 'owner' && (
        <Section title="Delete the account" lead="With every property in it. There is no way back.">
          <div>
            <button type="button" className="button button-bad" onClick={() => setDeleting(true)}>
              Delete…
            </button>
          </div>
        </Section>
      )}
      {isDeleting && <DeleteAccount account={account} onClose={() => setDeleting(false)} />}
    </>
  );
}

function NameForm({ account }: { readonly account: Account }): ReactNode {
  const [name, setName] = useState(account.name);
  const change = useChange(async () => unwrap(await api.PATCH('/v1/account', { body: { name } })), {
    changes: [['account'], SESSION],
  });
  return (
    <div className="narrow-form stack">
      <ChangeForm action="Save" what="Nothing was changed" change={change} onSubmit={() => change.mutate()}>
        <TextField
          label="Name"
          required
          value={name}
          onChange={setName}
          hint="For people: nothing goes by it."
          error={errorAt(change.error, '/name')}
        />
      </ChangeForm>
      {change.isSuccess && (
        <p className="note" role="status">
          Saved.
        </p>
      )}
    </div>
  );
}
