import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import type { Division, Parts } from './trackable-tables.js';

export type Type = components['schemas']['Trackable']['type'];

/** Users with the trait `alias`: among the others, left out, or alone. */
export const ALIASES = ['include', 'exclude', 'only'] as const;

export type Aliases = (typeof ALIASES)[number];

interface Asked {
  readonly type: Type;
  readonly name: string;
  readonly by: Division;
  readonly aliases: Aliases;
  /** Empty: all of them. */
  readonly application: string;
  /** Those that have the trackable. */
  readonly applications: readonly string[];
}

export interface TrackableRead {
  readonly all: readonly Parts[];
  readonly totals: components['schemas']['TrackableTotals'];
  /** How many parts are read of each application at most. */
  readonly mostRead: number;
  /** Where all of it is, as CSV. */
  readonly file: string;
}

interface Page {
  readonly data: Parts['parts'];
  readonly totals: components['schemas']['TrackableTotals'];
}

const MOST_READ = 1000;

/** Reads the parts; by user those of each application apart, so that they can be stacked. */
export function useTrackable(asked: Asked): UseQueryResult<TrackableRead> {
  const { property } = useProperty();
  const { type, name, by, aliases, application, applications } = asked;
  const isStacked = by === 'user' && application === '' && type !== 'state' && applications.length > 1;
  return useQuery({
    queryKey: ['trackables', property.id, type, name, by, aliases, application, isStacked ? applications : null],
    queryFn: async ({ signal }) => {
      const path = { property: property.id, type, name };
      const read = async (of: string): Promise<Page> => {
        const query = { by, aliases, limit: MOST_READ, ...(of !== '' && { application: of }) };
        return unwrap(
          await api.GET('/v1/properties/{property}/trackables/{type}/{name}', { params: { path, query }, signal }),
        ) as Page;
      };
      const whole = await read(application);
      const all = isStacked
        ? await Promise.all(applications.map(async (one) => ({ application: one, parts: (await read(one)).data })))
        : [{ application: '', parts: whole.data }];
      const file = new URLSearchParams({ by, aliases, format: 'csv', ...(application !== '' && { application }) });
      const at = `/v1/properties/${property.id}/trackables/${type}/${encodeURIComponent(name)}`;
      return { all, totals: whole.totals, mostRead: MOST_READ, file: `${at}?${file}` };
    },
    placeholderData: (known) => known,
  });
}
