import { useQuery, type QueryKey, type UseQueryResult } from '@tanstack/react-query';
import { unwrap, type Cohort, type components } from '@muster/client';
import { api } from './api.js';

/** Everything that is read of one cohort begins with it. */
export function cohortKey(property: string, cohort: string): QueryKey {
  return ['cohort', property, cohort];
}

/** What is to be read again once a cohort has changed. */
export function changedCohort(property: string, cohort: string): readonly QueryKey[] {
  return [cohortKey(property, cohort), ['cohorts', property]];
}

/** One saved cohort, by id or name. */
export function useCohort(property: string, cohort: string): UseQueryResult<Cohort> {
  return useQuery({
    queryKey: [...cohortKey(property, cohort), 'itself'],
    queryFn: async () =>
      unwrap(await api.GET('/v1/properties/{property}/cohorts/{cohort}', { params: { path: { property, cohort } } })),
  });
}

export type CohortUsage = components['schemas']['CohortUsage'];

/** Which cohorts and requests name it. */
export function useCohortUsage(property: string, cohort: string): UseQueryResult<CohortUsage> {
  return useQuery({
    queryKey: [...cohortKey(property, cohort), 'usage'],
    queryFn: async () =>
      unwrap(
        await api.GET('/v1/properties/{property}/cohorts/{cohort}/used_by', {
          params: { path: { property, cohort } },
        }),
      ),
  });
}
