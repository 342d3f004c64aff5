import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';

/** What is stored of the whole account. */
export function useStorage(): UseQueryResult<components['schemas']['Storage']> {
  return useQuery({ queryKey: ['storage'], queryFn: async () => unwrap(await api.GET('/v1/storage')) });
}
