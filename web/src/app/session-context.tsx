import { createContext, useContext, type ReactNode } from 'react';
import type { Session } from '../api/session.js';

const Context = createContext<Session | null>(null);

export function SessionProvider(props: { readonly value: Session; readonly children: ReactNode }): ReactNode {
  return <Context value={props.value}>{props.children}</Context>;
}

/** Who is signed in, for any view. */
export function useSignedIn(): Session {
  const found = useContext(Context);
  if (found === null) throw new Error('The view stands outside of a session');
  return found;
}
