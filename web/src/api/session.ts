import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { MusterError, unwrap, type components } from '@muster/client';
import { api } from './api.js';

export type Session = components['schemas']['CurrentSession'];
export type Grant = components['schemas']['Held']['account'][number];

export const SESSION = ['session'] as const;

/** Who is signed in; null: nobody. */
export function useSession(): UseQueryResult<Session | null> {
  return useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: 60_000 });
}

async function readSession(): Promise<Session | null> {
  try {
    return unwrap(await api.GET('/v1/session'));
  } catch (error) {
    if (error instanceof MusterError && error.status === 401) return null;
    throw error;
  }
}

/** What the person may do in the account, or in one of its properties. */
export function grantsOf({ held }: Session, propertyId?: string): ReadonlySet<Grant> {
  const inside = held.properties.find(({ property }) => property === propertyId)?.grants ?? [];
  return new Set([...held.account, ...inside]);
}

/** What the person may do in at least one place. */
export function grantsSomewhere({ held }: Session): ReadonlySet<Grant> {
  return new Set([...held.account, ...held.properties.flatMap(({ grants }) => grants)]);
}
