import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { readAllPages } from '../api/pages.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from './session-context.js';

/** A member or a key. */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

/** The members and keys of the account, as far as the reader may see them. */
export function useActors(): readonly Actor[] {
  const session = useSignedIn();
  const grants = grantsOf(session);
  const canSeeMembers = grants.has('members:read');
  const canSeeKeys = grants.has('keys:read');
  const { data = [] } = useQuery({
    queryKey: ['actors', canSeeMembers, canSeeKeys],
    queryFn: async () => {
      const members = canSeeMembers
        ? await readAllPages(async (cursor) =>
            unwrap(await api.GET('/v1/account/members', { params: { query: { limit: 1000, ...cursor } } })),
          )
        : [];
      const keys = canSeeKeys
        ? await readAllPages(async (cursor) =>
            unwrap(await api.GET('/v1/account/keys', { params: { query: { limit: 1000, ...cursor } } })),
          )
        : [];
      return [
        ...members.map(({ person, name, email }) => ({ id: person, name: name === '' ? email : name })),
        ...keys.map(({ id, name }) => ({ id, name })),
      ];
    },
    staleTime: 60_000,
  });
  return data;
}

/** The name of a member or key by its id; undefined: the reader may not see it, or it is gone. */
export function useActorNames(): (id: string) => string | undefined {
  const { person } = useSignedIn();
  const actors = useActors();
  return (id) => (id === person.id ? 'you' : actors.find((actor) => actor.id === id)?.name);
}
