import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { unwrap, type Cohort, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';
import { formatCount } from '../text/format.js';

interface Props {
  readonly cohort: Cohort;
  readonly evaluation: components['schemas']['Evaluation'];
  readonly onClose: () => void;
}

/** Makes a list of whom an evaluation has found, which later data do not change. */
export function FreezeDialog({ cohort, evaluation, onClose }: Props): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const [name, setName] = useState(`${cohort.name} ${evaluation.as_of.slice(0, 10)}`);
  const save = useChange(
    async () => {
      const params = { path: { property: property.id } };
      const body = { name, static: { evaluation: evaluation.id } } as never;
      return unwrap(await api.POST('/v1/properties/{property}/cohorts', { params, body }));
    },
    { changes: [['cohorts', property.id]], onDone: ({ id }) => navigate(at(`cohorts/${id}`)) },
  );
  return (
    <Dialog title="Save as a list" onClose={onClose}>
      <p>
        The {formatCount(evaluation.size ?? 0)} users that were found become a cohort of their own. It stays as it is,
        whatever comes in later.
      </p>
      <ChangeForm
        action="Make the list"
        what="No cohort was made"
        change={save}
        onSubmit={() => save.mutate()}
        onCancel={onClose}
      >
        <TextField label="Name" required value={name} onChange={setName} error={errorAt(save.error, '/name')} />
      </ChangeForm>
    </Dialog>
  );
}
