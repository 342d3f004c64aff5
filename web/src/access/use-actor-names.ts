import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { readAllPages } from '../api/pages.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';

/** Names of the members and keys of the account by their ids, as far as the reader may see them. */
export function useActorNames(): (id: string) => string | undefined {
  const session = useSignedIn();
  const grants = grantsOf(session);
  const canSeeMembers = grants.has('members:read');
  const canSeeKeys = grants.has('keys:read');
  const { data } = useQuery({
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
      return new Map([
        ...members.map(({ person, name, email }) => [person, name === '' ? email : name] as const),
        ...keys.map(({ id, name }) => [id, name] as const),
      ]);
    },
    staleTime: 60_000,
  });
  return (id) => (id === session.person.id ? 'you' : data?.get(id));
}
