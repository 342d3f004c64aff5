import { useState, type ReactNode } from 'react';
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { MusterError, unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { SESSION, type Session } from '../api/session.js';
import { SelectField } from '../parts/field.js';
import { ProblemNote } from '../parts/problem-note.js';
import { chooseTheme, storedTheme, type Theme } from './theme.js';

const THEME_LABELS: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'Colours of the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** Who is signed in, in which account, in which colours; and the way out. */
export function PersonMenu({ session }: { readonly session: Session }): ReactNode {
  const client = useQueryClient();
  const [theme, setTheme] = useState(storedTheme);
  const choose = useMutation({
    mutationFn: async (account: string) => unwrap(await api.PUT('/v1/session', { body: { account } })),
    onSuccess: (chosen) => forgetAllBut(client, chosen),
  });
  const signOut = useMutation({
    mutationFn: async () => {
      const { response, error } = await api.DELETE('/v1/session');
      if (!response.ok && response.status !== 401) throw MusterError.fromResponse(response, error);
    },
    onSuccess: () => forgetAllBut(client, null),
  });
  const failure = choose.error ?? signOut.error;
  return (
    <div className="side-foot">
      <div className="side-person">
        <span>{session.person.name === '' ? session.person.email : session.person.name}</span>
        {session.person.name !== '' && <span className="soft">{session.person.email}</span>}
      </div>
      {session.accounts.length > 1 && (
        <SelectField
          label="Account"
          value={session.account}
          options={session.accounts.map(({ account, name }) => ({ value: account, label: name }))}
          onChange={(account) => choose.mutate(account)}
        />
      )}
      <SelectField
        label="Colours"
        value={theme}
        options={THEME_LABELS}
        onChange={(chosen) => {
          chooseTheme(chosen);
          setTheme(chosen);
        }}
      />
      <div className="row">
        <button type="button" className="button button-small" onClick={() => signOut.mutate()}>
          Sign out
        </button>
        <a className="button button-small button-plain" href="/docs">
          API
        </a>
      </div>
      {failure !== null && <ProblemNote error={failure} />}
    </div>
  );
}

/** What was read for one account is not shown in another one, nor to the next person. */
function forgetAllBut(client: QueryClient, session: Session | null): void {
  client.setQueryData(SESSION, session);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
}
