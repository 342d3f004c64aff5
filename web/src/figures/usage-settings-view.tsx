import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { RollUpFacts } from './roll-up-facts.js';

type Settings = components['schemas']['CounterSettings'];
type Anonymise = Settings['anonymise'];

const NUMBERS = [
  ['base_days', 'Days for which shortest periods are kept'],
  ['days', 'Days for which days are kept'],
  ['event_months', 'Months for which single events are kept'],
  ['months', 'Months for which anything is kept'],
] as const;

/** How long counters are kept in which form; what a change deletes is shown before it is made. */
export default function UsageSettingsView(): ReactNode {
  const { property, at } = useProperty();
  const { data, error, refetch } = useQuery({
    queryKey: ['usage', property.id, 'settings'],
    queryFn: async () =>
      unwrap(
        await api.GET('/v1/properties/{property}/usage/settings', { params: { path: { property: property.id } } }),
      ),
  });
  return (
    <>
      <PageHead title="What is kept of counters" lead={<Link href={at('usage')}>Usage counters</Link>} />
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Reading the settings" />}
      {data !== undefined && (
        <>
          <RollUpFacts settings={data} />
          <SettingsForm key={JSON.stringify(data)} settings={data} />
        </>
      )}
    </>
  );
}

function SettingsForm({ settings }: { readonly settings: Settings }): ReactNode {
  const { property, grants } = useProperty();
  const canChange = grants.has('property:write');
  const [base, setBase] = useState(settings.base);
  const [anonymise, setAnonymise] = useState<Anonymise>(settings.anonymise);
  const [numbers, setNumbers] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(NUMBERS.map(([name]) => [name, String(settings[name])])),
  );
  const put = async (preview: boolean): Promise<Settings> =>
    unwrap(
      await api.PUT('/v1/properties/{property}/usage/settings', {
        params: { path: { property: property.id }, query: preview ? { preview: 'true' } : {} },
        body: {
          base,
          anonymise,
          ...Object.fromEntries(NUMBERS.map(([name]) => [name, Number(numbers[name])])),
        },
      }),
    );
  const preview = useChange(async () => await put(true), { changes: [] });
  const save = useChange(async () => await put(false), {
    changes: [['usage', property.id]],
    onDone: () => preview.reset(),
  });
  const { error } = preview;
  return (
    <div className="narrow-form stack">
      {!canChange && <p className="note">Changing them needs the grant property:write, which you do not hold here.</p>}
      <ChangeForm
        action="See what it does"
        what="Nothing was changed"
        change={preview}
        onSubmit={() => preview.mutate()}
        isDisabled={!canChange}
      >
        <TextField
          label="Shortest period"
          hint="Whole minutes from PT1H to P1D."
          value={base}
          onChange={setBase}
          error={errorAt(error, '/base')}
        />
        <SelectField<Anonymise>
          label="What is stored of an id"
          value={anonymise}
          options={[
            { value: 'daily_key', label: 'A code by a key of the day, which is destroyed' },
            { value: 'random', label: 'A code by a key in memory alone' },
            { value: 'stored', label: 'The id itself, until its day is over' },
          ]}
          onChange={setAnonymise}
          error={errorAt(error, '/anonymise')}
        />
        {NUMBERS.map(([name, label]) => (
          <TextField
            key={name}
            label={label}
            type="number"
            min={0}
            required
            value={numbers[name] ?? ''}
            onChange={(value) => setNumbers({ ...numbers, [name]: value })}
            error={errorAt(error, `/${name}`)}
          />
        ))}
      </ChangeForm>
      {preview.data !== undefined && (
        <ConfirmDialog
          title="What the next roll-up does then"
          action="Save these settings"
          isBad={preview.data.next_roll_up.deleted > 0}
          change={save}
          onConfirm={() => save.mutate()}
          onClose={() => preview.reset()}
        >
          <RollUpFacts settings={preview.data} />
          <p>What is deleted or added up is gone: there is no way back.</p>
        </ConfirmDialog>
      )}
      {save.isSuccess && (
        <p className="note" role="status">
          Saved.
        </p>
      )}
    </div>
  );
}
