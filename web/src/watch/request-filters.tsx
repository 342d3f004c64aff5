import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { useCohorts, useMetrics, useNamedMetrics } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { useSignedIn } from '../app/session-context.js';
import { useActors } from '../app/use-actor-names.js';
import { SelectField, TextField } from '../parts/field.js';
import { STATUSES } from '../parts/status-badge.js';
import { isFiltered, type RequestFilter } from '../text/request-filter.js';

const NAMES = ['text', 'status', 'metric', 'cohort', 'caller', 'from', 'to'] as const;
const ANY = { value: '', label: 'Any' } as const;

/** The filter in the address. */
export function useRequestFilter(): RequestFilter {
  const [search] = useSearchParams();
  return Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ''])) as unknown as RequestFilter;
}

/** Narrows the list of requests: by words, state, metric, cohort, caller and days. */
export function RequestFilters({ filter }: { readonly filter: RequestFilter }): ReactNode {
  const { property, grants } = useProperty();
  const [, setSearch] = useSearchParams();
  const set = (name: keyof RequestFilter) => (value: string) =>
    setSearch(
      (known) => {
        if (value === '') known.delete(name);
        else known.set(name, value);
        return known;
      },
      { replace: true },
    );
  return (
    <search className="filters filters-many">
      <TextField
        label="Search"
        type="search"
        placeholder="Metric, cohort or id"
        value={filter.text}
        onChange={set('text')}
      />
      <SelectField
        label="State"
        value={filter.status}
        options={[ANY, ...STATUSES.map((value) => ({ value, label: value }))]}
        onChange={set('status')}
      />
      {grants.has('metrics:read') && <MetricField value={filter.metric} onChange={set('metric')} />}
      {grants.has('cohorts:read') && <CohortField value={filter.cohort} onChange={set('cohort')} />}
      <CallerField value={filter.caller} onChange={set('caller')} />
      <TextField label={`From day (${property.time_zone})`} type="date" value={filter.from} onChange={set('from')} />
      <TextField label={`To day (${property.time_zone})`} type="date" value={filter.to} onChange={set('to')} />
      {isFiltered(filter) && (
        <div className="filter-end">
          <button
            type="button"
            className="button"
            onClick={() =>
              setSearch(
                (known) => {
                  for (const name of NAMES) known.delete(name);
                  return known;
                },
                { replace: true },
              )
            }
          >
            Show all
          </button>
        </div>
      )}
    </search>
  );
}

interface FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function MetricField({ value, onChange }: FieldProps): ReactNode {
  const { property } = useProperty();
  const { data: metrics = [] } = useMetrics();
  const { data: named = [] } = useNamedMetrics(property.id);
  const options = [
    ...named.map(({ name, title }) => ({ value: name, label: title })),
    ...metrics.map(({ id, title }) => ({ value: id, label: title })),
  ];
  return <SelectField label="Metric" value={value} options={withChosen(value, options)} onChange={onChange} />;
}

function CohortField({ value, onChange }: FieldProps): ReactNode {
  const { property } = useProperty();
  const { data: cohorts = [] } = useCohorts(property.id);
  const options = cohorts.map(({ id, name }) => ({ value: id, label: name }));
  return <SelectField label="Cohort" value={value} options={withChosen(value, options)} onChange={onChange} />;
}

/** Who may see members and keys chooses among them; others tell their own requests apart. */
function CallerField({ value, onChange }: FieldProps): ReactNode {
  const { person } = useSignedIn();
  const others = useActors().filter(({ id }) => id !== person.id);
  const options = [{ value: 'me', label: 'You' }, ...others.map(({ id, name }) => ({ value: id, label: name }))];
  return <SelectField label="Asked by" value={value} options={withChosen(value, options)} onChange={onChange} />;
}

interface Option {
  readonly value: string;
  readonly label: string;
}

/** With what the address says, also where it is none of those that are known. */
function withChosen(value: string, options: readonly Option[]): readonly Option[] {
  const isKnown = value === '' || options.some((option) => option.value === value);
  return [ANY, ...options, ...(isKnown ? [] : [{ value, label: value }])];
}
