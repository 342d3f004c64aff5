import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useCohorts } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
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
  const { data: cohorts, error, refetch } = useCohorts(property.id);
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
      {cohorts !== undefined && cohorts.length === 0 && (
        <Empty title="No cohort yet">
          {mayMake ? (
            <Link className="button button-main" href={at('cohorts/new')}>
              Make the first one
            </Link>
          ) : (
            'Somebody who may write cohorts makes them: by a rule, a list or a set.'
          )}
        </Empty>
      )}
      {cohorts !== undefined && cohorts.length > 0 && (
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
          </search>
          {found.length === 0 ? (
            <Empty title="No cohort fits">Another word, or any tag and kind, finds more.</Empty>
          ) : (
            <div className="table-frame" tabIndex={0} role="region" aria-label="Cohorts">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Kind</th>
                    <th scope="col" className="number">
                      Users
                    </th>
                    <th scope="col">Tags</th>
                    <th scope="col">Changed ({property.time_zone})</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((cohort) => (
                    <tr key={cohort.id}>
                      <th scope="row">
                        <Link href={at(`cohorts/${cohort.id}`)}>{cohort.name}</Link>
                        {cohort.description !== '' && <div className="soft">{cohort.description}</div>}
                      </th>
                      <td>{cohort.kind === 'static' ? 'list' : cohort.kind}</td>
                      <td className="number">{cohort.size === null ? 'not evaluated' : formatCount(cohort.size)}</td>
                      <td>
                        <span className="row">
                          {cohort.tags.map((one) => (
                            <span key={one} className="badge">
                              {one}
                            </span>
                          ))}
                        </span>
                      </td>
                      <td>{formatInstant(cohort.updated_at, property.time_zone)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </>
  );
}
