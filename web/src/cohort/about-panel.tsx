import { useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { unwrap, type Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useCohortUsage } from '../api/cohorts.js';
import { useProperty } from '../app/property.js';
import { Empty } from '../parts/empty.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { Definition } from './definition.js';
import { MembersDialog } from './members-dialog.js';

/** What a cohort is made of, how to change that, and where it is used. */
export function AboutPanel({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { grants, at } = useProperty();
  const mayChange = grants.has('cohorts:write');
  return (
    <>
      {cohort.definition === null ? (
        <Section title="What it is made of" lead="A list of users, as it was sent or changed by hand.">
          {mayChange && grants.has('people:read') && <ListActions cohort={cohort} />}
        </Section>
      ) : (
        <Section
          title="What it is made of"
          actions={
            mayChange && (
              <Link className="button button-small" href={at(`cohorts/${cohort.id}/edit`)}>
                Change it…
              </Link>
            )
          }
        >
          <Definition definition={cohort.definition} />
          <details>
            <summary>As JSON</summary>
            <pre className="code" tabIndex={0} aria-label="Definition as JSON">
              {JSON.stringify(cohort.definition, null, 2)}
            </pre>
          </details>
        </Section>
      )}
      <Usage cohort={cohort} />
    </>
  );
}

/** The ways to a new version of a list. */
function ListActions({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const check = useChange(
    async () => {
      const params = { path: { property: property.id, cohort: cohort.id } };
      return unwrap(await api.POST('/v1/properties/{property}/cohorts/{cohort}/validate', { params }));
    },
    { changes: [['uploads', property.id]], onDone: ({ id }) => navigate(at(`uploads/${id}`)) },
  );
  return (
    <>
      <div className="row">
        <button type="button" className="button" onClick={() => setOpen(true)}>
          Add or remove users…
        </button>
        <Link className="button" href={`${at('cohorts/new')}?kind=list&cohort=${encodeURIComponent(cohort.id)}`}>
          Send another list…
        </Link>
        <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate()}>
          {check.isPending ? 'One moment…' : 'Check its users again'}
        </button>
      </div>
      {check.error !== null && <ProblemNote error={check.error} what="They were not checked" />}
      {isOpen && <MembersDialog cohort={cohort} onClose={() => setOpen(false)} />}
    </>
  );
}

function Usage({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { property, at } = useProperty();
  const { data: usage, error, refetch } = useCohortUsage(property.id, cohort.id);
  const isUsed = usage !== undefined && (usage.cohorts.length > 0 || usage.requests_total > 0);
  return (
    <Section title="Where it is used">
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {usage === undefined && error === null && <Waiting what="Looking for what uses it" />}
      {usage !== undefined && !isUsed && (
        <Empty title="Nothing uses it yet">Ask about it, or name it in a set with other cohorts.</Empty>
      )}
      {usage !== undefined && usage.cohorts.length > 0 && (
        <p className="row">
          <span>In the cohorts</span>
          {usage.cohorts.map(({ id, name }) => (
            <Link key={id} href={at(`cohorts/${id}`)}>
              {name}
            </Link>
          ))}
        </p>
      )}
      {usage !== undefined && usage.requests_total > 0 && (
        <>
          <p>
            In {formatCount(usage.requests_total)} {usage.requests_total === 1 ? 'request' : 'requests'}, itself or
            inside of a set.{' '}
            <Link href={`${at('requests')}?cohort=${encodeURIComponent(cohort.id)}`}>
              Those that name it themselves
            </Link>
          </p>
          <details>
            <summary>
              {usage.requests_total > usage.requests.length
                ? `The newest ${usage.requests.length} by their ids`
                : 'All by their ids'}
            </summary>
            <ul className="plain-list details-body">
              {usage.requests.map(({ id }) => (
                <li key={id}>
                  <Link href={at(`requests/${id}`)}>
                    <code className="breaks">{id}</code>
                  </Link>
                </li>
              ))}
            </ul>
          </details>
        </>
      )}
    </Section>
  );
}
