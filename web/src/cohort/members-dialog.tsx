import { useState, type ReactNode } from 'react';
import { unwrap, type Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { changedCohort } from '../api/cohorts.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { linesOf } from '../text/lines.js';

interface Props {
  readonly cohort: Cohort;
  readonly onClose: () => void;
}

/** Adds users to a list and removes some, which makes a new version. */
export function MembersDialog({ cohort, onClose }: Props): ReactNode {
  const { property } = useProperty();
  const [add, setAdd] = useState('');
  const [remove, setRemove] = useState('');
  const change = useChange(
    async () => {
      const params = { path: { property: property.id, cohort: cohort.id } };
      const body = { add: linesOf(add), remove: linesOf(remove) };
      return unwrap(await api.POST('/v1/properties/{property}/cohorts/{cohort}/members', { params, body }));
    },
    { changes: changedCohort(property.id, cohort.id), onDone: onClose },
  );
  return (
    <Dialog title={`Users of ${cohort.name}`} onClose={onClose}>
      <ChangeForm
        action="Make a new version"
        what="Nothing was changed"
        change={change}
        onSubmit={() => change.mutate()}
        onCancel={onClose}
        isDisabled={add.trim() === '' && remove.trim() === ''}
      >
        <TextAreaField
          label="Users to add"
          hint="An id a line. They are not checked: a user who is not known yet is added too."
          value={add}
          onChange={setAdd}
          error={errorAt(change.error, '/add')}
        />
        <TextAreaField
          label="Users to remove"
          hint="An id a line."
          value={remove}
          onChange={setRemove}
          error={errorAt(change.error, '/remove')}
        />
      </ChangeForm>
    </Dialog>
  );
}
