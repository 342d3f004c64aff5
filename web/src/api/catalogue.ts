import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { unwrap, type Answer, type Cohort, type components } from '@muster/client';
import { api } from './api.js';
import { cohortWords } from '../text/request-words.js';
import { readAllPages } from './pages.js';

export type Metric = components['schemas']['Metric'];
export type NamedMetric = components['schemas']['NamedMetric'];
export type PropertySchema = components['schemas']['PropertySchema'];

/** The built-in metrics. They change with the program alone. */
export function useMetrics(): UseQueryResult<readonly Metric[]> {
  return useQuery({
    queryKey: ['metrics'],
    queryFn: async () => unwrap(await api.GET('/v1/metrics')).data,
    staleTime: Infinity,
  });
}

/** The title of what an answer or a summary of one measures. */
export function useMetricTitle({ named_metric: named, ...of }: Measured): string {
  const { data: metrics = [] } = useMetrics();
  const id = 'metric' in of ? of.metric : String(of.request['metric']);
  return named?.name ?? metrics.find((metric) => metric.id === id)?.title ?? id;
}

type Measured =
  | Pick<Answer, 'named_metric' | 'request'>
  | Pick<components['schemas']['RequestSummary'], 'named_metric' | 'metric'>;

/** The metrics that the property has named, in use. */
export function useNamedMetrics(property: string): UseQueryResult<readonly NamedMetric[]> {
  return useQuery({
    queryKey: ['named-metrics', property],
    queryFn: () =>
      readAllPages(async (cursor) =>
        unwrap(
          await api.GET('/v1/properties/{property}/metrics', {
            params: { path: { property }, query: { limit: 1000, ...cursor } },
          }),
        ),
      ),
  });
}

/** The saved cohorts of the property: those in use, or those that were put away. */
export function useCohorts(property: string, archived: 'true' | 'false' = 'false'): UseQueryResult<readonly Cohort[]> {
  return useQuery({
    queryKey: ['cohorts', property, archived],
    queryFn: () =>
      readAllPages(async (cursor) =>
        unwrap(
          await api.GET('/v1/properties/{property}/cohorts', {
            params: { path: { property }, query: { limit: 1000, archived, ...cursor } },
          }),
        ),
      ),
  });
}

/** A saved cohort by its name, any other in words. */
export function useCohortWords(property: string, { cohort, request }: Pick<Answer, 'cohort' | 'request'>): string {
  const { data: cohorts = [] } = useCohorts(property);
  return cohorts.find(({ id }) => id === cohort.id)?.name ?? cohortWords(request['cohort']);
}

/** What has come in: names of events with their properties, and traits. Only for who may read events. */
export function usePropertySchema(property: string, isAllowed: boolean): UseQueryResult<PropertySchema> {
  return useQuery({
    queryKey: ['schema', property],
    queryFn: async () => unwrap(await api.GET('/v1/properties/{property}/schema', { params: { path: { property } } })),
    enabled: isAllowed,
    staleTime: 60_000,
  });
}
