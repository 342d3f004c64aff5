import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { ProblemNote } from '../parts/problem-note.js';
import { SelectField } from '../parts/field.js';
import { Words } from '../parts/words.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { filledNames, WikiFields, type WikiNames } from './wiki-fields.js';

type Preset = components['schemas']['ListedPreset'];

/** Shows what each pack of named metrics adds, and adds one, all or none of it. */
export function PresetDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { property } = useProperty();
  const {
    data: presets,
    error,
    refetch,
  } = useQuery({
    queryKey: ['metric-presets', property.id],
    queryFn: async () =>
      unwrap(await api.GET('/v1/properties/{property}/metric-presets', { params: { path: { property: property.id } } }))
        .data,
  });
  const [id, setId] = useState('');
  const chosen = presets?.find((preset) => preset.id === id) ?? presets?.[0];
  return (
    <Dialog title="Add a preset" onClose={onClose}>
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {presets === undefined && error === null && <Waiting what="Reading the presets" />}
      {presets !== undefined && chosen !== undefined && (
        <>
          <SelectField
            label="Preset"
            value={chosen.id}
            options={presets.map(({ id: value, title }) => ({ value, label: title }))}
            onChange={setId}
            hint={chosen.description}
          />
          <PresetForm key={chosen.id} preset={chosen} onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}

function PresetForm({ preset, onClose }: { readonly preset: Preset; readonly onClose: () => void }): ReactNode {
  const { property } = useProperty();
  const [names, setNames] = useState<WikiNames>({ events: {}, properties: {} });
  const missing = preset.metrics.filter(({ exists }) => !exists);
  const add = useChange(
    async () => {
      const params = { path: { property: property.id } };
      switch (preset.id) {
        case 'web':
          return unwrap(await api.POST('/v1/properties/{property}/metrics/presets/web', { params }));
        case 'trackables':
          return unwrap(await api.POST('/v1/properties/{property}/metrics/presets/trackables', { params }));
        case 'wikimedia': {
          const body = { events: filledNames(names.events), properties: filledNames(names.properties) };
          return unwrap(await api.POST('/v1/properties/{property}/metrics/presets/wikimedia', { params, body }));
        }
      }
    },
    {
      changes: [
        ['named-metrics', property.id],
        ['metric-presets', property.id],
      ],
    },
  );
  if (add.data !== undefined) {
    return (
      <>
        <p role="status">{formatCount(add.data.created.length)} metrics were added.</p>
        <div className="row dialog-foot">
          <button type="button" className="button button-main" onClick={onClose}>
            Done
          </button>
        </div>
      </>
    );
  }
  return (
    <ChangeForm
      action={missing.length === 0 ? 'Nothing to add' : `Add ${formatCount(missing.length)} metrics`}
      what="No metric was added"
      change={add}
      onSubmit={() => add.mutate()}
      onCancel={onClose}
      isDisabled={missing.length === 0}
    >
      <ul className="preset-metrics" aria-label="What it adds" tabIndex={0}>
        {preset.metrics.map(({ name, title, description, exists }) => (
          <li key={name}>
            <span className="row">
              <strong>{title}</strong> <code>{name}</code>
              {exists && <span className="badge">there already</span>}
            </span>
            <span className="under">
              <Words text={description} />
            </span>
          </li>
        ))}
      </ul>
      {preset.id === 'wikimedia' && <WikiFields names={names} onChange={setNames} error={add.error} />}
    </ChangeForm>
  );
}
