import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MusterError, unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { SESSION } from '../api/session.js';
import { TextField } from '../parts/field.js';
import { ProblemNote } from '../parts/problem-note.js';
import { usePageTitle } from '../parts/page-title.js';
import { Door } from './door.js';

const SHORTEST_PASSWORD = 12;

/** Where the link of an invitation leads: its token is behind the `#`, and leaves this page in one call alone. */
export function AcceptInvitation(): ReactNode {
  usePageTitle('Invitation');
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [token] = useState(() => window.location.hash.slice(1));
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const accept = useMutation({
    mutationFn: async () => {
      const body = { token, email, password, ...(name !== '' && { name }) };
      return unwrap(await api.POST('/v1/invitations/accept', { body }));
    },
    onSuccess: (session) => {
      client.setQueryData(SESSION, session);
      navigate('/', { replace: true });
    },
    retry: false,
  });
  if (token === '') {
    return (
      <Door title="This link is not whole">
        <p>The part behind the # is missing. Open the link of the invitation as it was sent to you.</p>
      </Door>
    );
  }
  const errorAt = (pointer: string): string | undefined =>
    accept.error instanceof MusterError
      ? accept.error.errors.find((error) => error.pointer === pointer)?.detail
      : undefined;
  return (
    <Door title="Welcome to Muster">
      <p>You were invited. Choose how you sign in from now on.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          accept.mutate();
        }}
      >
        <TextField
          label="Address"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={setEmail}
          error={errorAt('/email')}
        />
        <TextField
          label="Name"
          autoComplete="name"
          hint="As others see you; may stay empty."
          value={name}
          onChange={setName}
          error={errorAt('/name')}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          minLength={SHORTEST_PASSWORD}
          required
          hint={`A new one of ${SHORTEST_PASSWORD} characters at least, or your own if you have signed in here before.`}
          value={password}
          onChange={setPassword}
          error={errorAt('/password')}
        />
        {accept.error !== null && <ProblemNote error={accept.error} what="The invitation was not accepted" />}
        <button type="submit" className="button button-main" disabled={accept.isPending}>
          {accept.isPending ? 'Signing in…' : 'Accept and sign in'}
        </button>
      </form>
    </Door>
  );
}
