import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { Facts } from '../parts/facts.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { ActiveHistory } from './active-history.js';
import { durationWords } from './duration-words.js';

type ActiveUsers = components['schemas']['ActiveUsers'];

/** How many users are active now, and were over time. */
export default function ActiveUsersView(): ReactNode {
  const { property, grants, at } = useProperty();
  const { data, error, refetch } = useQuery({
    queryKey: ['active-users', property.id, 'now'],
    queryFn: async () =>
      unwrap(
        await api.GET('/v1/properties/{property}/active-users', { params: { path: { property: property.id } } }),
      ) as ActiveUsers,
    refetchInterval: 60_000,
  });
  return (
    <>
      <PageHead
        title="Active users"
        lead="Who did something in the last day, week and month, and who is connected."
        actions={
          <Link className="button" href={at('active-users/settings')}>
            {grants.has('property:write') ? 'What counts as active' : 'See what counts as active'}
          </Link>
        }
      />
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Counting active users" />}
      {data !== undefined && (
        <Section
          title="Now"
          lead={
            <>
              As of <Instant at={data.as_of} zone={property.time_zone} />.
            </>
          }
        >
          <Facts
            isLarge
            facts={[
              ...data.windows.map(
                (one) =>
                  [
                    `In ${durationWords(one.window)}`,
                    <>
                      {formatCount(one.users)}
                      <small>{formatCount(one.new)} for the first time</small>
                    </>,
                  ] as const,
              ),
              ...(data.connected === null
                ? []
                : ([
                    [
                      'Connected',
                      <>
                        {formatCount(data.connected)}
                        <small>with an open session</small>
                      </>,
                    ],
                  ] as const)),
              [
                'Known',
                <>
                  {formatCount(data.known_users)}
                  {data.excluded_users > 0 && <small>{formatCount(data.excluded_users)} left out</small>}
                </>,
              ],
            ]}
          />
        </Section>
      )}
      <Section title="Over time">
        <ActiveHistory />
      </Section>
    </>
  );
}
