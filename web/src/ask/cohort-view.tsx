import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { unwrap, type Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { Facts } from '../parts/facts.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount, formatInstant } from '../text/format.js';

const KINDS: Readonly<Record<Cohort['kind'], string>> = { static: 'A list', rule: 'A rule', set: 'A set' };

/** One saved cohort: what it is made of, how many are in it, and what to do with it. */
export default function CohortView(): ReactNode {
  const { cohort: id = '' } = useParams<{ cohort: string }>();
  const { property, grants, at } = useProperty();
  const client = useQueryClient();
  const key = ['cohort', property.id, id];
  const path = { property: property.id, cohort: id };
  const {
    data: cohort,
    error,
    refetch,
  } = useQuery({
    queryKey: key,
    queryFn: async () => unwrap(await api.GET('/v1/properties/{property}/cohorts/{cohort}', { params: { path } })),
  });
  const evaluate = useMutation({
    mutationFn: async () => {
      const params = { path, query: { wait: 60 } };
      return unwrap(await api.POST('/v1/properties/{property}/cohorts/{cohort}/evaluations', { params }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
  if (cohort === undefined) {
    return error === null ? (
      <Waiting what="Reading the cohort" isWhole />
    ) : (
      <>
        <PageHead title="Cohort" />
        <ProblemNote error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  return (
    <>
      <PageHead
        title={cohort.name}
        lead={cohort.description === '' ? KINDS[cohort.kind] : cohort.description}
        actions={
          <Link className="button button-main" href={`${at('ask')}?cohort=${encodeURIComponent(cohort.name)}`}>
            Ask about it
          </Link>
        }
      />
      <Facts
        facts={[
          ['Users', cohort.size === null ? 'not evaluated yet' : formatCount(cohort.size)],
          ['Version', cohort.version],
          ['Changed', formatInstant(cohort.updated_at, property.time_zone)],
          ...(cohort.evaluation === null
            ? []
            : ([['Evaluated as of', formatInstant(cohort.evaluation.as_of, property.time_zone)]] as const)),
        ]}
      />
      {cohort.evaluation?.stale === true && (
        <p className="note note-warn">Data or time has moved since: another evaluation could find other users.</p>
      )}
      {evaluate.error !== null && <ProblemNote error={evaluate.error} what="It was not evaluated" />}
      <div className="row">
        {cohort.kind !== 'static' && grants.has('cohorts:write') && (
          <button type="button" className="button" disabled={evaluate.isPending} onClick={() => evaluate.mutate()}>
            {evaluate.isPending ? 'Evaluating…' : 'Evaluate now'}
          </button>
        )}
        {grants.has('people:read') && (cohort.kind === 'static' || cohort.evaluation !== null) && (
          <a
            className="button"
            href={`/v1/properties/${property.id}/cohorts/${cohort.id}/members?format=csv`}
            download={`${cohort.name}.csv`}
          >
            Members as CSV
          </a>
        )}
      </div>
      {cohort.definition !== null && (
        <section className="stack" aria-label="Definition">
          <h2>What it is made of</h2>
          <pre className="code" tabIndex={0} aria-label="Definition as JSON">
            {JSON.stringify(cohort.definition, null, 2)}
          </pre>
        </section>
      )}
    </>
  );
}
