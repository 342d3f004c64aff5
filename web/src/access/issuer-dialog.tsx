import { useState, type ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import { Icon } from '../parts/icon.js';
import { useRowIds } from '../parts/use-row-ids.js';
import { ROLES, type Role } from './roles.js';

type Issuer = components['schemas']['TokenIssuer'];
type RoleOfValue = Issuer['roles'][number];

interface Props {
  /** null: a new one. */
  readonly issuer: Issuer | null;
  readonly onClose: () => void;
}

/** Adds an issuer of tokens, or changes one. */
export function IssuerDialog({ issuer, onClose }: Props): ReactNode {
  const [name, setName] = useState(issuer?.name ?? '');
  const [address, setAddress] = useState(issuer?.issuer ?? '');
  const [audience, setAudience] = useState(issuer?.audience ?? '');
  const [keys, setKeys] = useState(issuer?.jwks_uri ?? '');
  const [claim, setClaim] = useState(issuer?.claim ?? 'groups');
  const [roles, setRoles] = useState<readonly RoleOfValue[]>(issuer?.roles ?? [{ value: '', role: 'viewer' }]);
  const save = useChange(
    async () => {
      const body = {
        name,
        issuer: address,
        jwks_uri: keys,
        claim,
        roles: [...roles],
        ...(audience !== '' && { audience }),
      };
      if (issuer === null) return unwrap(await api.POST('/v1/account/token-issuers', { body }));
      const params = { path: { id: issuer.id } };
      return unwrap(await api.PATCH('/v1/account/token-issuers/{id}', { params, body }));
    },
    { changes: [['token-issuers']], onDone: onClose },
  );
  const { error } = save;
  return (
    <Dialog title={issuer === null ? 'Add an issuer' : `Change ${issuer.name}`} onClose={onClose}>
      <ChangeForm
        action={issuer === null ? 'Add it' : 'Change'}
        what="Nothing was changed"
        change={save}
        onSubmit={() => save.mutate()}
        onCancel={onClose}
      >
        <TextField label="Name" required value={name} onChange={setName} error={errorAt(error, '/name')} />
        <TextField
          label="Issuer"
          required
          hint="iss of its tokens, exactly."
          placeholder="such as https://login.example.org"
          value={address}
          onChange={setAddress}
          error={errorAt(error, '/issuer')}
        />
        <TextField
          label="Address of its keys"
          required
          hint="jwks_uri of its discovery."
          placeholder="such as https://login.example.org/jwks"
          value={keys}
          onChange={setKeys}
          error={errorAt(error, '/jwks_uri')}
        />
        <TextField
          label="Audience"
          hint="In aud of its tokens; the id of the account where it is empty."
          value={audience}
          onChange={setAudience}
          error={errorAt(error, '/audience')}
        />
        <TextField
          label="Claim"
          required
          hint="Its values give roles: a text, or a list."
          value={claim}
          onChange={setClaim}
          error={errorAt(error, '/claim')}
        />
        <RolesOfValues roles={roles} onChange={setRoles} error={errorAt(error, '/roles')} />
      </ChangeForm>
    </Dialog>
  );
}

interface RolesProps {
  readonly roles: readonly RoleOfValue[];
  readonly onChange: (roles: readonly RoleOfValue[]) => void;
  readonly error: string | undefined;
}

function RolesOfValues({ roles, onChange, error }: RolesProps): ReactNode {
  const [ids, drop] = useRowIds(roles.length);
  const replace = (at: number, role: RoleOfValue): void =>
    onChange(roles.map((one, place) => (place === at ? role : one)));
  const remove = (at: number): void => {
    drop(at);
    onChange(roles.filter((_, place) => place !== at));
  };
  return (
    <fieldset className="fieldset">
      <legend>Roles by value</legend>
      {roles.map((one, at) => (
        <div className="line-fields" key={ids[at]}>
          <TextField label="Value" required value={one.value} onChange={(value) => replace(at, { ...one, value })} />
          <SelectField<Role>
            label="Role"
            value={one.role}
            options={ROLES.map((role) => ({ value: role, label: role }))}
            onChange={(role) => replace(at, { ...one, role })}
          />
          <button type="button" className="icon-button" disabled={roles.length === 1} onClick={() => remove(at)}>
            <Icon name="remove" label="Remove this value" />
          </button>
        </div>
      ))}
      {error !== undefined && <p className="field-error">{error}</p>}
      <div>
        <button
          type="button"
          className="button button-small"
          onClick={() => onChange([...roles, { value: '', role: 'viewer' }])}
        >
          Add a value
        </button>
      </div>
    </fieldset>
  );
}
