import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MusterError, unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Tabs } from '../parts/tabs.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { labelsOf } from '../text/labels.js';
import { ExpressionField } from './cohort-section.js';
import { LiveSize } from './live-size.js';
import { RuleBuilder } from './rule-builder.js';
import { NEW_CONDITION, ruleOf } from './rule.js';
import { UploadForm } from './upload-form.js';

type Kind = 'rule' | 'list' | 'set';

const FIRST_RULE = ruleOf({ join: 'and', conditions: [NEW_CONDITION.did] });

/** Makes a cohort by a rule, a list, or a set of others. */
export default function NewCohortView(): ReactNode {
  const { grants } = useProperty();
  const [chosen, setKind] = useAddressPart('kind');
  const kinds: readonly { readonly id: Kind; readonly label: string }[] = [
    { id: 'rule', label: 'By a rule' },
    ...(grants.has('people:read') ? [{ id: 'list' as const, label: 'From a list' }] : []),
    { id: 'set', label: 'From other cohorts' },
  ];
  const kind = kinds.find(({ id }) => id === chosen)?.id ?? 'rule';
  return (
    <>
      <PageHead title="Make a cohort" lead="By what users did, from a list you have, or out of other cohorts." />
      <Tabs label="Ways to make a cohort" tabs={kinds} chosen={kind} onChoose={setKind}>
        {kind === 'list' ? <UploadForm /> : <DefinitionForm key={kind} kind={kind} />}
      </Tabs>
    </>
  );
}

function DefinitionForm({ kind }: { readonly kind: 'rule' | 'set' }): ReactNode {
  const { property, at } = useProperty();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [tags, setTags] = useState('');
  const [rule, setRule] = useState<object>(FIRST_RULE);
  const [set, setSet] = useState('');
  const content = kind === 'rule' ? { rule } : { set };
  const save = useMutation({
    mutationFn: async () => {
      const body = { name, description, tags: labelsOf(tags), ...content } as never;
      const params = { path: { property: property.id } };
      return unwrap(await api.POST('/v1/properties/{property}/cohorts', { params, body }));
    },
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ['cohorts', property.id] });
      navigate(at(`cohorts/${id}`));
    },
  });
  const errorAt = (pointer: string): string | undefined =>
    save.error instanceof MusterError
      ? save.error.errors.find((error) => error.pointer?.startsWith(pointer) === true)?.detail
      : undefined;
  return (
    <form
      className="narrow-form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {kind === 'rule' ? (
        <RuleBuilder rule={rule} error={errorAt('/rule')} onChange={setRule} />
      ) : (
        <ExpressionField value={set} error={errorAt('/set')} onChange={setSet} />
      )}
      {(kind === 'rule' || set !== '') && <LiveSize content={content} />}
      <div className="form-grid">
        <TextField label="Name" required value={name} onChange={setName} error={errorAt('/name')} />
        <TextField label="Description" value={description} onChange={setDescription} error={errorAt('/description')} />
        <TextField
          label="Tags"
          hint="With commas between them."
          value={tags}
          onChange={setTags}
          error={errorAt('/tags')}
        />
      </div>
      {save.error !== null && <ProblemNote error={save.error} what="The cohort was not saved" />}
      <div>
        <button type="submit" className="button button-main" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : 'Save the cohort'}
        </button>
      </div>
    </form>
  );
}
