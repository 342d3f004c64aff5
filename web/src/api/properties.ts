import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { unwrap, type Property } from '@muster/client';
import { api } from './api.js';
import { readAllPages } from './pages.js';

/** Those that the person sees, in use. */
export function useProperties(): UseQueryResult<readonly Property[]> {
  return useQuery({
    queryKey: ['properties'],
    queryFn: () =>
      readAllPages(async (cursor) =>
        unwrap(await api.GET('/v1/properties', { params: { query: { limit: 1000, ...cursor } } })),
      ),
    staleTime: 60_000,
  });
}
