import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { CheckField } from '../parts/check-field.js';
import { errorAt } from '../parts/field-errors.js';
import { Facts } from '../parts/facts.js';
import { SelectField, TextField } from '../parts/field.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { labelsOf } from '../text/labels.js';

type Settings = components['schemas']['CollectSettings'];

const VISITORS = [
  { value: 'persistent', label: 'are known again' },
  { value: 'daily', label: 'are somebody else every day' },
] as const;
const BOTS = [
  { value: 'drop', label: 'are left out' },
  { value: 'mark', label: 'are taken, and marked' },
] as const;
const GPC = [
  { value: 'drop', label: 'who asks for it is left out' },
  { value: 'anonymous', label: 'who asks for it is counted without an id' },
] as const;
const TRAITS = [
  { value: 'take', label: 'are taken' },
  { value: 'ignore', label: 'are passed over' },
] as const;

/** What the trackers of a property may tell of people. */
export function CollectSettings(): ReactNode {
  const { property, grants } = useProperty();
  const {
    data: settings,
    error,
    refetch,
  } = useQuery({
    queryKey: ['collecting', property.id],
    queryFn: async () =>
      unwrap(await api.GET('/v1/properties/{property}/collecting', { params: { path: { property: property.id } } })),
  });
  if (settings === undefined) {
    return error === null ? (
      <Waiting what="Reading what is collected" />
    ) : (
      <ProblemNote error={error} onRetry={() => void refetch()} />
    );
  }
  if (grants.has('property:write')) return <SettingsForm settings={settings} />;
  const labelOf = (options: readonly { readonly value: string; readonly label: string }[], value?: string): string =>
    options.find((option) => option.value === value)?.label ?? '';
  return (
    <Facts
      facts={[
        ['Visitors', labelOf(VISITORS, settings.visitor_ids)],
        ['Bots', labelOf(BOTS, settings.bots)],
        ['Do not track', labelOf(GPC, settings.gpc)],
        ['Traits', labelOf(TRAITS, settings.traits)],
      ]}
    />
  );
}

function SettingsForm({ settings }: { readonly settings: Settings }): ReactNode {
  const { property } = useProperty();
  const [values, setValues] = useState(settings);
  const [parameters, setParameters] = useState((settings.query_parameters ?? []).join(', '));
  const [denied, setDenied] = useState((settings.denied_properties ?? []).join(', '));
  const [traits, setTraits] = useState((settings.allowed_traits ?? []).join(', '));
  const set = (changes: Partial<Settings>): void => setValues({ ...values, ...changes });
  const save = useChange(
    async () => {
      const params = { path: { property: property.id } };
      const body: Settings = {
        ...values,
        query_parameters: labelsOf(parameters),
        denied_properties: labelsOf(denied),
        allowed_traits: traits.trim() === '' ? null : labelsOf(traits),
      };
      return unwrap(await api.PUT('/v1/properties/{property}/collecting', { params, body }));
    },
    { changes: [['collecting', property.id]] },
  );
  return (
    <div className="narrow-form stack">
      <ChangeForm
        action="Save what is collected"
        what="Nothing was changed"
        change={save}
        onSubmit={() => save.mutate()}
      >
        <div className="form-grid">
          <SelectField
            label="Visitors"
            value={values.visitor_ids ?? 'persistent'}
            options={VISITORS}
            onChange={(chosen) => set({ visitor_ids: chosen })}
          />
          <SelectField
            label="Bots"
            value={values.bots ?? 'drop'}
            options={BOTS}
            onChange={(chosen) => set({ bots: chosen })}
          />
          <SelectField
            label="Do not track"
            value={values.gpc ?? 'drop'}
            options={GPC}
            onChange={(chosen) => set({ gpc: chosen })}
          />
          <SelectField
            label="Traits that pages send"
            value={values.traits ?? 'take'}
            options={TRAITS}
            onChange={(chosen) => set({ traits: chosen })}
          />
          <TextField
            label="Kept query parameters"
            placeholder="None"
            hint="With commas between them."
            value={parameters}
            onChange={setParameters}
            error={errorAt(save.error, '/query_parameters')}
          />
          <TextField
            label="Properties never stored"
            placeholder="None"
            hint="With commas between them."
            value={denied}
            onChange={setDenied}
            error={errorAt(save.error, '/denied_properties')}
          />
          <TextField
            label="Traits that pages may set"
            placeholder="Any"
            hint="With commas between them."
            value={traits}
            onChange={setTraits}
            error={errorAt(save.error, '/allowed_traits')}
          />
        </div>
        <CheckField
          label="Keep fragments of addresses that begin with #/ or #!/"
          isChecked={values.hash_routes === true}
          onChange={(isKept) => set({ hash_routes: isKept })}
        />
      </ChangeForm>
      {save.isSuccess && (
        <p className="note" role="status">
          Saved. It holds for what comes from now on.
        </p>
      )}
    </div>
  );
}
