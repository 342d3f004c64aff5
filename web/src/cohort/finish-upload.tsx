import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import { formatCount } from '../text/format.js';
import { labelsOf } from '../text/labels.js';

type Upload = components['schemas']['Upload'];

/** Makes a cohort of a list that was checked, or a version of the one that it was sent for. */
export function FinishUpload({ upload }: { readonly upload: Upload }): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const isNew = upload.target === null;
  const [name, setName] = useState(upload.name ?? '');
  const [description, setDescription] = useState(upload.description);
  const [tags, setTags] = useState(upload.tags.join(', '));
  const [members, setMembers] = useState<'valid' | 'all'>('valid');
  const finish = useChange(
    async () => {
      const params = { path: { property: property.id, id: upload.id } };
      const labels = isNew ? { name, description, tags: labelsOf(tags) } : {};
      const body = { members, ...labels };
      return unwrap(await api.POST('/v1/properties/{property}/cohort-uploads/{id}/finish', { params, body }));
    },
    {
      changes: [
        ['cohorts', property.id],
        ['cohort', property.id],
        ['uploads', property.id],
        ['upload', property.id],
      ],
      onDone: ({ id }) => navigate(at(`cohorts/${id}`)),
    },
  );
  const size = upload.validation?.members ?? 0;
  const words = isNew ? 'Make a cohort of' : 'Make a version of';
  return (
    <ChangeForm
      action={`${words} ${formatCount(size)} users`}
      what="No cohort was made"
      change={finish}
      onSubmit={() => finish.mutate()}
      isDisabled={size === 0 || upload.status !== 'validated'}
    >
      <div className="form-grid">
        {isNew && (
          <>
            <TextField label="Name" required value={name} onChange={setName} error={errorAt(finish.error, '/name')} />
            <TextField
              label="Description"
              value={description}
              onChange={setDescription}
              error={errorAt(finish.error, '/description')}
            />
            <TextField
              label="Tags"
              hint="With commas between them."
              value={tags}
              onChange={setTags}
              error={errorAt(finish.error, '/tags')}
            />
          </>
        )}
        <SelectField<'valid' | 'all'>
          label="Rows that are wrong"
          value={members}
          options={[
            { value: 'valid', label: 'are left out' },
            { value: 'all', label: 'stop it: no cohort is made' },
          ]}
          onChange={setMembers}
          hint="Wrong are invalid rows, and unknown users where these are left out."
          error={errorAt(finish.error, '/members')}
        />
      </div>
      {size === 0 && <p className="note note-warn">No row is valid, so there is nobody to make a cohort of.</p>}
    </ChangeForm>
  );
}
