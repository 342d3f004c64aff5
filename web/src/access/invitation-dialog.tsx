import { useState, type ReactNode } from 'react';
import { unwrap, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';
import { SecretBox } from '../parts/secret-box.js';
import { GivenFields } from './given-fields.js';
import { NOTHING_GIVEN, roleOrGrants } from './roles.js';

interface Props {
  readonly properties: readonly Property[];
  readonly onClose: () => void;
}

/** Invites somebody, and shows the link once. */
export function InvitationDialog({ properties, onClose }: Props): ReactNode {
  const [email, setEmail] = useState('');
  const [given, setGiven] = useState({ ...NOTHING_GIVEN, role: 'viewer' as typeof NOTHING_GIVEN.role });
  const invite = useChange(
    async () =>
      unwrap(
        await api.POST('/v1/account/invitations', {
          body: { email, ...roleOrGrants(given), properties: [...given.properties] },
        }),
      ),
    { changes: [['invitations']] },
  );
  const { data: made, error } = invite;
  if (made !== undefined) {
    return (
      <Dialog title="Invited" onClose={onClose}>
        <p>
          {made.mailed === true
            ? `The link was sent to ${email}. You can hand it over yourself too.`
            : `Send this link to ${email}: it opens the page on which a password is chosen.`}
        </p>
        <SecretBox label="Link of the invitation" secret={made.link}>
          <button type="button" className="button button-small" onClick={onClose}>
            Done
          </button>
        </SecretBox>
      </Dialog>
    );
  }
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <ChangeForm
        action="Make the invitation"
        what="Nobody was invited"
        change={invite}
        onSubmit={() => invite.mutate()}
        onCancel={onClose}
      >
        <TextField
          label="Address"
          type="email"
          required
          autoComplete="off"
          value={email}
          onChange={setEmail}
          error={errorAt(error, '/email')}
        />
        <GivenFields given={given} onChange={setGiven} error={error} mayBeNothing properties={properties} />
      </ChangeForm>
    </Dialog>
  );
}
