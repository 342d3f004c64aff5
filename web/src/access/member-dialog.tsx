import { useState, type ReactNode } from 'react';
import { unwrap, type components, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { SESSION } from '../api/session.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { GivenFields } from './given-fields.js';
import { givenFrom, roleOrGrants, type Held } from './roles.js';

interface Props {
  readonly member: components['schemas']['Member'];
  readonly properties: readonly Property[];
  readonly onClose: () => void;
}

/** Gives a member another role; it holds from his next call on. */
export function MemberDialog({ member, properties, onClose }: Props): ReactNode {
  const [given, setGiven] = useState(() => givenFrom(member as Held));
  const change = useChange(
    async () =>
      unwrap(
        await api.PATCH('/v1/account/members/{id}', {
          params: { path: { id: member.id } },
          body: { ...roleOrGrants(given), properties: [...given.properties] },
        }),
      ),
    { changes: [['members'], SESSION], onDone: onClose },
  );
  return (
    <Dialog title={`What ${member.name === '' ? member.email : member.name} may do`} onClose={onClose}>
      <ChangeForm
        action="Change"
        what="Nothing was changed"
        change={change}
        onSubmit={() => change.mutate()}
        onCancel={onClose}
      >
        <GivenFields
          given={given}
          onChange={setGiven}
          error={change.error}
          mayBeNothing={given.role === '' || given.properties.length > 0}
          properties={properties}
        />
      </ChangeForm>
    </Dialog>
  );
}
