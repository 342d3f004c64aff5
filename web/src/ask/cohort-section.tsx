import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useCohorts } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { Combobox } from '../parts/combobox.js';
import { SelectField } from '../parts/field.js';
import { completed, fittingNames, wordAt } from './completion.js';
import { useBodyField } from './form-context.js';
import { LiveSize } from './live-size.js';
import { isObject } from './request-body.js';
import { RuleBuilder } from './rule-builder.js';
import { EMPTY_RULE } from './rule.js';

type Way = 'all' | 'saved' | 'rule' | 'list' | 'other';

/** Who is asked about: everybody, saved cohorts by name or expression, or a rule. */
export function CohortSection(): ReactNode {
  const { at, grants } = useProperty();
  const cohort = useBodyField('cohort');
  const [isRule, setIsRule] = useState(false);
  const way = isRule && isObject(cohort.value) && 'rule' in cohort.value ? 'rule' : wayOf(cohort.value);
  const setWay = (next: Way): void => {
    setIsRule(next === 'rule');
    if (next === 'all') cohort.set({ all: true });
    if (next === 'saved') cohort.set('');
    if (next === 'rule') cohort.set({ rule: EMPTY_RULE });
  };
  return (
    <fieldset className="form-part">
      <legend>Who</legend>
      <div className="form-grid">
        <SelectField<Way>
          label="Cohort"
          value={way}
          options={[
            { value: 'all', label: 'Everybody' },
            { value: 'saved', label: 'Saved cohorts' },
            { value: 'rule', label: 'A rule' },
            ...(way === 'list' ? [{ value: 'list' as const, label: 'The list of the answer' }] : []),
            ...(way === 'other' ? [{ value: 'other' as const, label: 'As the JSON says' }] : []),
          ]}
          onChange={setWay}
        />
        {way === 'saved' && <ExpressionField value={String(cohort.value)} onChange={cohort.set} error={cohort.error} />}
      </div>
      {way === 'rule' && isObject(cohort.value) && (
        <>
          <RuleBuilder
            rule={cohort.value['rule']}
            error={cohort.error}
            onChange={(rule) => cohort.set({ ...(cohort.value as object), rule })}
          />
          <LiveSize content={cohort.value} />
        </>
      )}
      {way === 'list' && (
        <p className="soft">The users of the answer that is asked again, as they were written into it.</p>
      )}
      {way === 'saved' && grants.has('cohorts:write') && (
        <p className="soft">
          None fits? <Link href={at('cohorts/new')}>Make a cohort</Link> by a rule, a list or a set.
        </p>
      )}
    </fieldset>
  );
}

function wayOf(cohort: unknown): Way {
  if (typeof cohort === 'string') return 'saved';
  if (!isObject(cohort)) return 'saved';
  if (cohort['all'] === true) return 'all';
  if (typeof cohort['members'] === 'string') return 'list';
  return 'rule' in cohort ? 'rule' : 'other';
}

interface ExpressionProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
}

const MOST_PROPOSALS = 12;

/** Names of cohorts, joined by `&` and `~`; names are completed where one types. */
export function ExpressionField({ value, onChange, error }: ExpressionProps): ReactNode {
  const { property } = useProperty();
  const { data: cohorts = [] } = useCohorts(property.id);
  const names = ['all', ...cohorts.map(({ name }) => name)];
  const chosen = cohorts.find(({ name, id }) => name === value || id === value);
  return (
    <Combobox
      label="Name or expression"
      hint={
        chosen === undefined
          ? 'january&(buyers~readers): & is and, ~ is or.'
          : chosen.description || `${chosen.kind}${chosen.size === null ? '' : `, ${chosen.size} users`}`
      }
      value={value}
      error={error}
      onChange={onChange}
      proposals={(text, caret) => {
        const typed = wordAt(text, caret).text;
        const fitting = fittingNames(names, names.includes(typed) && typed === text ? '' : typed, MOST_PROPOSALS);
        return fitting.length === 1 && fitting[0] === typed ? [] : fitting;
      }}
      take={completed}
    />
  );
}
