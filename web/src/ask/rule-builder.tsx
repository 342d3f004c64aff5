import { useState, type ReactNode } from 'react';
import { Combobox } from '../parts/combobox.js';
import { Field, SelectField, TextField } from '../parts/field.js';
import { useRowIds } from '../parts/use-row-ids.js';
import { isObject } from './request-body.js';
import {
  flatRule,
  NEW_CONDITION,
  OPERATORS,
  ruleOf,
  type BornCondition,
  type Condition,
  type DidCondition,
  type TraitCondition,
} from './rule.js';
import { propose, useKnownNames } from './use-known-names.js';

interface Props {
  readonly rule: unknown;
  readonly error: string | undefined;
  readonly onChange: (rule: object) => void;
}

/** Conditions on what users did, on their traits and on their birth, joined by and or or. */
export function RuleBuilder({ rule, error, onChange }: Props): ReactNode {
  const flat = flatRule(rule);
  const [ids, drop] = useRowIds(flat?.conditions.length ?? 0);
  if (flat === null) return <RuleText rule={rule} error={error} onChange={onChange} />;
  const { join, conditions } = flat;
  const change = (at: number, condition: Condition): void =>
    onChange(ruleOf({ join, conditions: conditions.map((one, i) => (i === at ? condition : one)) }));
  const add = (kind: keyof typeof NEW_CONDITION): void =>
    onChange(ruleOf({ join, conditions: [...conditions, NEW_CONDITION[kind]] }));
  const remove = (at: number): void => {
    drop(at);
    onChange(ruleOf({ join, conditions: conditions.filter((_, i) => i !== at) }));
  };
  return (
    <div className="rule">
      {conditions.length > 1 && (
        <SelectField
          label="Users of whom"
          value={join}
          options={[
            { value: 'and', label: 'all of these hold' },
            { value: 'or', label: 'one of these holds' },
          ]}
          onChange={(next) => onChange(ruleOf({ join: next, conditions }))}
        />
      )}
      <ol className="rule-conditions">
        {conditions.map((condition, at) => (
          <li key={ids[at]}>
            <ConditionFields condition={condition} onChange={(next) => change(at, next)} />
            {conditions.length > 1 && (
              <button type="button" className="button button-small button-plain" onClick={() => remove(at)}>
                Remove<span className="sr-only"> condition {at + 1}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      {error !== undefined && <p className="field-error">{error}</p>}
      <div className="row">
        <button type="button" className="button button-small" onClick={() => add('did')}>
          Add what they did
        </button>
        <button type="button" className="button button-small" onClick={() => add('trait')}>
          Add a trait
        </button>
        <button type="button" className="button button-small" onClick={() => add('born')}>
          Add when they were born
        </button>
      </div>
    </div>
  );
}

interface FieldsProps<T> {
  readonly condition: T;
  readonly onChange: (condition: T) => void;
}

function ConditionFields({ condition, onChange }: FieldsProps<Condition>): ReactNode {
  if (condition.kind === 'trait') return <TraitFields condition={condition} onChange={onChange} />;
  if (condition.kind === 'born') return <BornFields condition={condition} onChange={onChange} />;
  return <DidFields condition={condition} onChange={onChange} />;
}

function DidFields({ condition, onChange }: FieldsProps<DidCondition>): ReactNode {
  const { events } = useKnownNames();
  const set = (part: Partial<DidCondition>): void => onChange({ ...condition, ...part });
  return (
    <div className="form-grid">
      <SelectField
        label="They"
        value={condition.kind}
        options={[
          { value: 'did', label: 'did' },
          { value: 'did_not', label: 'did not' },
        ]}
        onChange={(kind) => set({ kind })}
      />
      <Combobox
        label="Event"
        placeholder="any event"
        value={condition.event}
        onChange={(event) => set({ event })}
        proposals={propose(events)}
      />
      <SelectField
        label="How often"
        value={condition.count}
        options={[
          { value: 'at_least', label: 'at least' },
          { value: 'at_most', label: 'at most' },
          { value: 'exactly', label: 'exactly' },
        ]}
        onChange={(count) => set({ count })}
      />
      <TextField label="Times" type="number" min={0} value={condition.times} onChange={(times) => set({ times })} />
      <TextField label="From" placeholder="2026-01-01" value={condition.from} onChange={(from) => set({ from })} />
      <TextField label="Before" placeholder="2026-02-01" value={condition.to} onChange={(to) => set({ to })} />
      <TextField
        label="Only where"
        placeholder='{"property": "page", "eq": "Owl"}'
        value={condition.where}
        onChange={(where) => set({ where })}
      />
    </div>
  );
}

function TraitFields({ condition, onChange }: FieldsProps<TraitCondition>): ReactNode {
  const { traits } = useKnownNames();
  const set = (part: Partial<TraitCondition>): void => onChange({ ...condition, ...part });
  return (
    <div className="form-grid">
      <Combobox
        label="Their trait"
        value={condition.trait}
        onChange={(trait) => set({ trait })}
        proposals={propose(traits)}
      />
      <SelectField
        label="Is"
        value={condition.operator}
        options={OPERATORS.map((operator) => ({ value: operator, label: operator }))}
        onChange={(operator) => set({ operator })}
      />
      <TextField label="Value" value={condition.value} onChange={(value) => set({ value })} />
    </div>
  );
}

function BornFields({ condition, onChange }: FieldsProps<BornCondition>): ReactNode {
  return (
    <div className="form-grid">
      <TextField
        label="Born from"
        placeholder="2026-01-01"
        value={condition.from}
        onChange={(from) => onChange({ ...condition, from })}
      />
      <TextField
        label="Born before"
        placeholder="2026-02-01"
        value={condition.to}
        onChange={(to) => onChange({ ...condition, to })}
      />
    </div>
  );
}

/** Rules that are more than a list of conditions. */
function RuleText({ rule, error, onChange }: Props): ReactNode {
  const [text, setText] = useState(() => JSON.stringify(rule, null, 2));
  const change = (next: string): void => {
    setText(next);
    try {
      const parsed: unknown = JSON.parse(next);
      if (isObject(parsed)) onChange(parsed);
    } catch {
      // It is typed yet: the rule is that of before.
    }
  };
  return (
    <Field label="Rule as JSON" hint="It says more than a list of conditions." error={error}>
      {(ids) => <textarea {...ids} rows={10} value={text} onChange={(event) => change(event.target.value)} />}
    </Field>
  );
}
