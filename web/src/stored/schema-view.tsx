import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';

type Key = components['schemas']['SchemaKey'];

/** Which events have come in with which properties, and which traits of users. */
export default function SchemaView(): ReactNode {
  const { property, at } = useProperty();
  const [text, setText] = useAddressPart('text');
  const { data, error, refetch } = useQuery({
    queryKey: ['schema', property.id],
    queryFn: async () =>
      unwrap(await api.GET('/v1/properties/{property}/schema', { params: { path: { property: property.id } } })),
  });
  const wanted = text.toLowerCase();
  const events = (data?.events ?? []).filter(({ name, properties }) =>
    [name, ...properties.map((key) => key.name)].some((word) => word.toLowerCase().includes(wanted)),
  );
  const traits = (data?.traits ?? []).filter(({ name }) => name.toLowerCase().includes(wanted));
  const isEmpty = data !== undefined && data.events.length === 0 && data.traits.length === 0;
  return (
    <>
      <PageHead title="What came in" lead="Events by name, what they have with them, and what is known of users." />
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Reading what came in" />}
      {isEmpty && (
        <Empty title="Nothing has come in yet">
          <Link href={at('tracker')}>Put the tracker into a page</Link>, or send events by{' '}
          <code>POST /v1/properties/{property.slug}/events</code>.
        </Empty>
      )}
      {data !== undefined && !isEmpty && (
        <>
          <search className="filters">
            <TextField
              label="Search"
              type="search"
              placeholder="Event, property or trait"
              value={text}
              onChange={setText}
            />
          </search>
          {!data.complete && (
            <p className="note note-warn">
              A batch had more than 5,000 different names. Those beyond are not in this list.
            </p>
          )}
          <Section title="Events">
            <DataTable
              label="Events by name"
              rows={events}
              keyOf={({ name }) => name}
              columns={[
                { label: 'Event', cell: ({ name }) => name },
                { label: 'Count', isNumber: true, cell: ({ count }) => formatCount(count) },
                { label: 'Properties', cell: ({ properties }) => <Keys keys={properties} /> },
                { label: 'First', cell: ({ first_seen }) => <Instant at={first_seen} zone={property.time_zone} /> },
                { label: 'Last', cell: ({ last_seen }) => <Instant at={last_seen} zone={property.time_zone} /> },
              ]}
            />
          </Section>
          {traits.length > 0 && (
            <Section title="Traits of users">
              <DataTable
                label="Traits by name"
                rows={traits}
                keyOf={({ name }) => name}
                columns={[
                  { label: 'Trait', cell: ({ name }) => name },
                  { label: 'Types', cell: ({ types }) => typeWords(types) },
                  { label: 'Examples', cell: ({ types }) => exampleWords(types) },
                ]}
              />
            </Section>
          )}
        </>
      )}
    </>
  );
}

function Keys({ keys }: { readonly keys: readonly Key[] }): ReactNode {
  if (keys.length === 0) return <span className="soft">none</span>;
  return keys.map(({ name, types }) => (
    <div key={name}>
      {name} <span className="soft">{typeWords(types)}</span>
      {exampleWords(types) !== '' && <span className="soft">, such as {exampleWords(types)}</span>}
    </div>
  ));
}

const typeWords = (types: Key['types']): string => types.map(({ type }) => type).join(' or ');
const exampleWords = (types: Key['types']): string =>
  types
    .flatMap(({ examples }) => examples as readonly (string | number | boolean)[])
    .slice(0, 3)
    .join(', ');
