import { useState, type ReactNode } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { SESSION } from '../api/session.js';
import { TextField } from '../parts/field.js';
import { ProblemNote } from '../parts/problem-note.js';
import { usePageTitle } from '../parts/page-title.js';
import { Door } from './door.js';

/** Signs in by address and password, or by a provider; what was open before stands behind it at the same address. */
export function SignIn(): ReactNode {
  usePageTitle('Sign in');
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: async () => unwrap(await api.POST('/v1/session', { body: { email, password } })),
    onSuccess: (session) => client.setQueryData(SESSION, session),
    retry: false,
  });
  return (
    <Door title="Sign in to Muster">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <TextField label="Address" type="email" autoComplete="username" required value={email} onChange={setEmail} />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={setPassword}
        />
        {signIn.error !== null && <ProblemNote error={signIn.error} what="You are not signed in" />}
        <button type="submit" className="button button-main" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <Providers />
      <details className="door-help">
        <summary>The first time here?</summary>
        <p>
          Whoever runs this Muster invites you: the link of the invitation opens the page on which you choose a
          password. The first owner finds it where Muster was started, in the file <code>owner-invitation</code> of its
          data folder, or prints a new one with <code>npm run muster -- owner you@example.org</code>.
        </p>
      </details>
    </Door>
  );
}

function Providers(): ReactNode {
  const { data: ways } = useQuery({
    queryKey: ['sign-in-ways'],
    queryFn: async () => unwrap(await api.GET('/v1/sign-in-ways')),
    staleTime: Infinity,
  });
  if (ways === undefined || ways.providers.length === 0) return null;
  const back = encodeURIComponent(window.location.pathname + window.location.search);
  return (
    <ul className="door-providers" aria-label="Sign in by a provider">
      {ways.providers.map(({ id, name, sign_in_path }) => (
        <li key={id}>
          <a className="button" href={`${sign_in_path}?return_to=${back}`}>
            Sign in by {name}
          </a>
        </li>
      ))}
    </ul>
  );
}
