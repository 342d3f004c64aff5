import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useSession } from '../api/session.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { AcceptInvitation } from '../session/accept-invitation.js';
import { SignIn } from '../session/sign-in.js';
import { Shell } from './shell.js';

/** The console: who is not signed in gets the page to sign in, at whatever address. */
export function App(): ReactNode {
  const [path] = useLocation();
  const { data: session, error, refetch, isPending } = useSession();
  if (path === '/invitation') return <AcceptInvitation />;
  if (isPending) return <Waiting what="Opening Muster" isWhole />;
  if (session === undefined) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  if (session === null) return <SignIn />;
  return <Shell session={session} />;
}
