import { useState, type ReactNode } from 'react';
import { unwrap, type Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { changedCohort } from '../api/cohorts.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { labelsOf } from '../text/labels.js';

interface Props {
  readonly cohort: Cohort;
  readonly onClose: () => void;
}

/** Changes what people call a cohort; what it is made of stays. */
export function LabelsDialog({ cohort, onClose }: Props): ReactNode {
  const { property } = useProperty();
  const [name, setName] = useState(cohort.name);
  const [description, setDescription] = useState(cohort.description);
  const [tags, setTags] = useState(cohort.tags.join(', '));
  const change = useChange(
    async () => {
      const params = { path: { property: property.id, cohort: cohort.id } };
      const body = { name, description, tags: labelsOf(tags) };
      return unwrap(await api.PATCH('/v1/properties/{property}/cohorts/{cohort}', { params, body }));
    },
    { changes: changedCohort(property.id, cohort.id), onDone: onClose },
  );
  return (
    <Dialog title="Name, description and tags" onClose={onClose}>
      <ChangeForm
        action="Save"
        what="Nothing was changed"
        change={change}
        onSubmit={() => change.mutate()}
        onCancel={onClose}
      >
        <TextField
          label="Name"
          required
          value={name}
          onChange={setName}
          error={errorAt(change.error, '/name')}
          hint="Sets and saved requests that name it go on with it: they know it by its id."
        />
        <TextAreaField
          label="Description"
          rows={3}
          value={description}
          onChange={setDescription}
          error={errorAt(change.error, '/description')}
        />
        <TextField
          label="Tags"
          hint="With commas between them."
          value={tags}
          onChange={setTags}
          error={errorAt(change.error, '/tags')}
        />
      </ChangeForm>
    </Dialog>
  );
}
