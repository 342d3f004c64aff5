import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { MusterError, unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Facts } from '../parts/facts.js';
import { TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';

/** What is known of one user, who is looked up by the id. */
export default function UserView(): ReactNode {
  const [user, setUser] = useAddressPart('user');
  const [text, setText] = useState(user);
  return (
    <>
      <PageHead title="A user" lead="What is known of one user, by the data of now." />
      <form
        className="filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setUser(text.trim());
        }}
      >
        <TextField label="Id of the user" type="search" required value={text} onChange={setText} />
        <div className="filter-end">
          <button type="submit" className="button button-main">
            Look up
          </button>
        </div>
      </form>
      {user === '' ? (
        <Empty title="Nobody was looked up yet">
          Ids stand in the users of an answer and in the members of a cohort.
        </Empty>
      ) : (
        <Profile key={user} user={user} />
      )}
    </>
  );
}

function Profile({ user }: { readonly user: string }): ReactNode {
  const { property, at } = useProperty();
  const { data, error, refetch } = useQuery({
    queryKey: ['user', property.id, user],
    queryFn: async () => {
      const params = { path: { property: property.id, user } };
      return unwrap(await api.GET('/v1/properties/{property}/users/{user}', { params }));
    },
  });
  if (data === undefined) {
    if (error === null) return <Waiting what="Looking the user up" />;
    if (error instanceof MusterError && error.status === 404) {
      return <Empty title="Nothing is known of this user">An id is written exactly as it was sent.</Empty>;
    }
    return <ProblemNote error={error} onRetry={() => void refetch()} />;
  }
  const traits = Object.entries(data.traits);
  const asked = encodeURIComponent(JSON.stringify({ cohort: { user }, metric: 'event_count' }));
  return (
    <Section
      title={data.user}
      actions={
        <Link className="button" href={`${at('ask')}?request=${asked}`}>
          Ask about this user
        </Link>
      }
    >
      <Facts
        facts={[
          ['Registered', <Instant key="r" at={data.registered_at} zone={property.time_zone} none="not told" />],
          ['Events', formatCount(data.events)],
          ['First event', <Instant key="f" at={data.first_event_at} zone={property.time_zone} none="none" />],
          ['Last event', <Instant key="l" at={data.last_event_at} zone={property.time_zone} none="none" />],
        ]}
      />
      {traits.length === 0 ? (
        <p className="soft">No trait was sent.</p>
      ) : (
        <DataTable
          label="Traits"
          rows={traits}
          keyOf={([name]) => name}
          columns={[
            { label: 'Trait', cell: ([name]) => name },
            { label: 'Value', cell: ([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)) },
          ]}
        />
      )}
    </Section>
  );
}
