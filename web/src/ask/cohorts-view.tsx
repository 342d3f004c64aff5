import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useCohorts } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount, formatInstant } from '../text/format.js';
import { cohortFits } from './cohort-filter.js';

/** The saved cohorts, found by text, tag and kind. */
export default function CohortsView(): ReactNode {
  const { property, grants, at } = useProperty();
  const [away, setAway] = useAddressPart('archived');
  const isAway = away === 'true';
  const { data: cohorts, error, refetch } = useCohorts(property.id, isAway ? 'true' : 'false');
  const [text, setText] = useAddressPart('text');
  const [tag, setTag] = useAddressPart('tag');
  const [kind, setKind] = useAddressPart('kind');
  const tags = [...new Set(cohorts?.flatMap((cohort) => cohort.tags))].sort();
  const found = cohorts?.filter((cohort) => cohortFits(cohort, { text, tag, kind })) ?? [];
  const mayMake = grants.has('cohorts:write');
  return (
    <>
      <PageHead
        title="Cohorts"
        lead="Named groups of users: lists, rules, and sets of other cohorts."
        actions={
          mayMake && (
            <Link className="button button-main" href={at('cohorts/new')}>
              Make a cohort
            </Link>
          )
        }
      />
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {cohorts === undefined && error === null && <Waiting what="Reading the cohorts" />}
      {cohorts !== undefined && cohorts.length === 0 && !isAway && (
        <Empty title="No cohort yet">
          {mayMake ? (
            <Link className="button button-main" href={at('cohorts/new')}>
              Make the first one
            </Link>
          ) : (
            'Somebody who may write cohorts makes them: by a rule, a list or a set.'
          )}
          <p>
            <Link href={`${at('cohorts')}?archived=true`}>Those that were put away</Link>
          </p>
        </Empty>
      )}
      {cohorts !== undefined && (cohorts.length > 0 || isAway) && (
        <>
          <search className="filters">
            <TextField label="Search" type="search" value={text} onChange={setText} placeholder="Name or description" />
            {tags.length > 0 && (
              <SelectField
                label="Tag"
                value={tag}
                options={[{ value: '', label: 'Any' }, ...tags.map((value) => ({ value, label: value }))]}
                onChange={setTag}
              />
            )}
            <SelectField
              label="Kind"
              value={kind}
              options={[
                { value: '', label: 'Any' },
                { value: 'static', label: 'list' },
                { value: 'rule', label: 'rule' },
                { value: 'set', label: 'set' },
              ]}
              onChange={setKind}
            />
            <SelectField<'' | 'true'>
              label="Which"
              value={isAway ? 'true' : ''}
              options={[
                { value: '', label: 'In use' },
                { value: 'true', label: 'Put away' },
              ]}
              onChange={setAway}
            />
          </search>
          {found.length === 0 ? (
            <Empty title={isAway && cohorts.length === 0 ? 'No cohort is put away' : 'No cohort fits'}>
              {isAway && cohorts.length === 0
                ? 'Those in use show more.'
                : 'Another word, or any tag and kind, finds more.'}
            </Empty>
          ) : (
            <DataTable
              label="Cohorts"
              rows={found}
              keyOf={({ id }) => id}
              columns={[
                {
                  label: 'Name',
                  cell: ({ id, name, description }) => (
                    <>
                      <Link href={at(`cohorts/${id}`)}>{name}</Link>
                      {description !== '' && <div className="soft">{description}</div>}
                    </>
                  ),
                },
                { label: 'Kind', cell: (cohort) => (cohort.kind === 'static' ? 'list' : cohort.kind) },
                {
                  label: 'Users',
                  isNumber: true,
                  cell: ({ size }) => (size === null ? 'not evaluated' : formatCount(size)),
                },
                {
                  label: 'Tags',
                  cell: (cohort) => (
                    <span className="row">
                      {cohort.tags.map((one) => (
                        <span key={one} className="badge">
                          {one}
                        </span>
                      ))}
                    </span>
                  ),
                },
                {
                  label: `Changed (${property.time_zone})`,
                  cell: (cohort) => formatInstant(cohort.updated_at, property.time_zone),
                },
              ]}
            />
          )}
        </>
      )}
    </>
  );
}
