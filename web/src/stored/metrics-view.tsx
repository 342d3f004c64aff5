import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { SelectField, TextField } from '../parts/field.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { PresetDialog } from './preset-dialog.js';

type NamedMetric = components['schemas']['NamedMetric'];

/** Built-in metrics with parameters that the property has given a name. */
export default function MetricsView(): ReactNode {
  const { property, grants, at } = useProperty();
  const [text, setText] = useAddressPart('text');
  const [archived, setArchived] = useAddressPart('archived');
  const [isPreset, setPreset] = useState(false);
  const [archiving, setArchiving] = useState<NamedMetric | null>(null);
  const canChange = grants.has('metrics:write');
  const isArchived = archived === 'true';
  const list = useList<NamedMetric>(['named-metrics', property.id, 'list', text, isArchived], async (cursor, signal) =>
    unwrap(
      await api.GET('/v1/properties/{property}/metrics', {
        params: {
          path: { property: property.id },
          query: {
            limit: 100,
            ...(text !== '' && { text }),
            ...(isArchived && { archived: 'true' as const }),
            ...cursor,
          },
        },
        signal,
      }),
    ),
  );
  return (
    <>
      <PageHead
        title="Named metrics"
        lead="Metrics of this property: a built-in one, with parameters that are fixed or have other defaults."
        actions={
          canChange && (
            <>
              <button type="button" className="button" onClick={() => setPreset(true)}>
                Add a preset
              </button>
              <Link className="button button-main" href={at('metrics/new')}>
                Name a metric
              </Link>
            </>
          )
        }
      />
      <search className="filters">
        <TextField
          label="Search"
          type="search"
          placeholder="Name, title or description"
          value={text}
          onChange={setText}
        />
        <SelectField<'' | 'true'>
          label="Which"
          value={isArchived ? 'true' : ''}
          options={[
            { value: '', label: 'In use' },
            { value: 'true', label: 'Out of use' },
          ]}
          onChange={setArchived}
        />
      </search>
      <ListFrame
        list={list}
        what="the named metrics"
        empty={
          <Empty title={text === '' && !isArchived ? 'No metric has a name yet' : 'No metric fits'}>
            {text === '' && !isArchived
              ? 'Name what is asked often: then everybody asks the same.'
              : 'Another word finds more.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Named metrics"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'Metric',
                cell: ({ name, title }) => (
                  <>
                    <Link href={at(`metrics/${name}`)}>{title}</Link>
                    <span className="under">{name}</span>
                  </>
                ),
              },
              { label: 'Measures', cell: ({ metric }) => metric.replaceAll('_', ' ') },
              { label: 'Fixed', cell: ({ fixed }) => <Values values={fixed} /> },
              { label: 'Defaults', cell: ({ defaults }) => <Values values={defaults} /> },
              { label: 'Version', isNumber: true, cell: ({ version }) => version },
              { label: 'Changed', cell: ({ updated_at }) => <Instant at={updated_at} zone={property.time_zone} /> },
              ...(canChange && !isArchived
                ? [
                    {
                      label: '',
                      cell: (metric: NamedMetric) => (
                        <div className="actions">
                          <button type="button" className="button button-small" onClick={() => setArchiving(metric)}>
                            Put out of use
                          </button>
                        </div>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </ListFrame>
      {isPreset && <PresetDialog onClose={() => setPreset(false)} />}
      {archiving && <ArchiveMetric metric={archiving} onClose={() => setArchiving(null)} />}
    </>
  );
}

/** Parameters with their values, as JSON where they are no plain text. */
function Values({ values }: { readonly values: Readonly<Record<string, unknown>> }): ReactNode {
  const entries = Object.entries(values);
  if (entries.length === 0) return <span className="soft">none</span>;
  return entries.map(([name, value]) => (
    <div key={name}>
      {name}: <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
    </div>
  ));
}

function ArchiveMetric({ metric, onClose }: { readonly metric: NamedMetric; readonly onClose: () => void }): ReactNode {
  const { property } = useProperty();
  const archive = useChange(
    async () =>
      unwrapNothing(
        await api.DELETE('/v1/properties/{property}/metrics/{metric}', {
          params: { path: { property: property.id, metric: metric.name } },
        }),
      ),
    { changes: [['named-metrics', property.id]], onDone: onClose },
  );
  return (
    <ConfirmDialog
      title={`Put ${metric.title} out of use`}
      action="Put it out of use"
      change={archive}
      onConfirm={() => archive.mutate()}
      onClose={onClose}
    >
      <p>Nobody can ask it any more. Answers that were given stay, and its name is free for another metric.</p>
    </ConfirmDialog>
  );
}
