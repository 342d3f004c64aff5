import { useState, type ReactNode } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { Waiting } from '../parts/waiting.js';
import { ParameterChoices } from './parameter-choices.js';
import { choicesFrom, parametersOf, valuesOf, type Choices } from './parameter-values.js';

type Metric = components['schemas']['Metric'];
type NamedMetric = components['schemas']['NamedMetric'];

/** Names a built-in metric with parameters, or makes a new version of one that has a name. */
export default function MetricFormView(): ReactNode {
  const { metric: name } = useParams<{ metric?: string }>();
  const { property, at } = useProperty();
  const builtIns = useQuery({
    queryKey: ['metrics'],
    queryFn: async () => unwrap(await api.GET('/v1/metrics')).data,
    staleTime: Infinity,
  });
  const named = useQuery({
    queryKey: ['named-metrics', property.id, 'one', name],
    queryFn: async () =>
      unwrap(
        await api.GET('/v1/properties/{property}/metrics/{metric}', {
          params: { path: { property: property.id, metric: name ?? '' } },
        }),
      ),
    enabled: name !== undefined,
  });
  const error = builtIns.error ?? named.error;
  const isReady = builtIns.data !== undefined && (name === undefined || named.data !== undefined);
  return (
    <>
      <PageHead
        title={name === undefined ? 'Name a metric' : (named.data?.title ?? name)}
        lead={<Link href={at('metrics')}>All named metrics</Link>}
      />
      {error !== null && <ProblemNote error={error} />}
      {!isReady && error === null && <Waiting what="Reading the metrics" />}
      {isReady && builtIns.data && <MetricForm key={named.data?.version} builtIns={builtIns.data} named={named.data} />}
    </>
  );
}

interface FormProps {
  readonly builtIns: readonly Metric[];
  readonly named: NamedMetric | undefined;
}

function MetricForm({ builtIns, named }: FormProps): ReactNode {
  const { property, grants, at } = useProperty();
  const [, navigate] = useLocation();
  const [id, setId] = useState<string>(named?.metric ?? builtIns[0]?.id ?? '');
  const [name, setName] = useState(named?.name ?? '');
  const [title, setTitle] = useState(named?.title ?? '');
  const [description, setDescription] = useState(named?.description ?? '');
  const [choices, setChoices] = useState<Choices>(() => choicesFrom(named?.fixed ?? {}, named?.defaults ?? {}));
  const builtIn = builtIns.find((one) => one.id === id);
  const save = useChange(
    async () => {
      const body = {
        name,
        metric: id as NamedMetric['metric'],
        ...(title !== '' && { title }),
        ...(description !== '' && { description }),
        fixed: valuesOf(choices, 'fixed'),
        defaults: valuesOf(choices, 'default'),
      };
      const path = { property: property.id };
      if (named === undefined) {
        return unwrap(await api.POST('/v1/properties/{property}/metrics', { params: { path }, body }));
      }
      return unwrap(
        await api.PUT('/v1/properties/{property}/metrics/{metric}', {
          params: { path: { ...path, metric: named.name }, header: { 'if-match': `"${named.version}"` } },
          body,
        }),
      );
    },
    { changes: [['named-metrics', property.id]], onDone: () => navigate(at('metrics')) },
  );
  const { error } = save;
  return (
    <div className="narrow-form">
      <ChangeForm
        action={named === undefined ? 'Name it' : 'Make a new version'}
        what="Nothing was saved"
        change={save}
        onSubmit={() => save.mutate()}
        isDisabled={!grants.has('metrics:write')}
      >
        <SelectField
          label="Built-in metric"
          hint={builtIn?.description}
          value={id}
          options={builtIns.map((one) => ({ value: one.id, label: one.title }))}
          onChange={(next) => {
            setId(next);
            setChoices({});
          }}
          error={errorAt(error, '/metric')}
        />
        <TextField
          label="Name"
          required
          disabled={named !== undefined}
          hint={
            named === undefined
              ? 'By which requests call it, such as article_bytes: small letters, digits and _. It never changes.'
              : 'It never changes.'
          }
          value={name}
          onChange={setName}
          error={errorAt(error, '/name')}
        />
        <TextField
          label="Title"
          hint={`For people; “${builtIn?.title ?? ''}” where it is empty.`}
          value={title}
          onChange={setTitle}
          error={errorAt(error, '/title')}
        />
        <TextAreaField
          label="Description"
          rows={2}
          value={description}
          onChange={setDescription}
          error={errorAt(error, '/description')}
        />
        {builtIn && (
          <ParameterChoices
            parameters={parametersOf(builtIn.parameters)}
            choices={choices}
            onChange={setChoices}
            error={error}
          />
        )}
      </ChangeForm>
    </div>
  );
}
