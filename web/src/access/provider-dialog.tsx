import { useState, type ReactNode } from 'react';
import { unwrap, type components, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { linesOf } from '../text/lines.js';
import { GivenFields } from './given-fields.js';
import { givenFrom, NOTHING_GIVEN, roleOrGrants, type Given } from './roles.js';

type Provider = components['schemas']['Provider'];
type SignUp = Provider['sign_up'];

interface Props {
  /** null: a new one. */
  readonly provider: Provider | null;
  readonly properties: readonly Property[];
  readonly onClose: () => void;
}

/** Adds a provider of sign-in, or changes one; its client secret is never shown again. */
export function ProviderDialog({ provider, properties, onClose }: Props): ReactNode {
  const [name, setName] = useState(provider?.name ?? '');
  const [issuer, setIssuer] = useState(provider?.issuer ?? '');
  const [clientId, setClientId] = useState(provider?.client_id ?? '');
  const [secret, setSecret] = useState('');
  const [domains, setDomains] = useState((provider?.domains ?? []).join('\n'));
  const [signUp, setSignUp] = useState<SignUp>(provider?.sign_up ?? 'closed');
  const [given, setGiven] = useState<Given>(() =>
    provider === null || provider.sign_up !== 'domain' ? { ...NOTHING_GIVEN, role: 'viewer' } : givenFrom(provider),
  );
  const save = useChange(
    async () => {
      const body = {
        name,
        issuer,
        client_id: clientId,
        ...(secret !== '' && { client_secret: secret }),
        ...(domains.trim() !== (provider?.domains ?? []).join('\n') && { domains: linesOf(domains) }),
        sign_up: signUp,
        ...(signUp === 'domain' && { ...roleOrGrants(given), properties: [...given.properties] }),
      };
      if (provider === null) return unwrap(await api.POST('/v1/account/providers', { body }));
      const params = { path: { id: provider.id } };
      return unwrap(await api.PATCH('/v1/account/providers/{id}', { params, body }));
    },
    { changes: [['providers'], ['sign-in-ways']], onDone: () => provider !== null && onClose() },
  );
  const { error, data: made } = save;
  if (made !== undefined && provider === null) {
    return (
      <Dialog title={`${made.name} is added`} onClose={onClose}>
        <p>Register this address at the provider, exactly so, as the one to which people come back:</p>
        <TextField label="Redirect address" readOnly value={made.redirect_uri} onChange={() => undefined} />
        <div className="row dialog-foot">
          <button type="button" className="button button-main" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={provider === null ? 'Add a provider' : `Change ${provider.name}`} onClose={onClose}>
      <ChangeForm
        action={provider === null ? 'Add it' : 'Change'}
        what="Nothing was changed"
        change={save}
        onSubmit={() => save.mutate()}
        onCancel={onClose}
      >
        <TextField
          label="Name"
          required
          hint="As people see it where they sign in."
          value={name}
          onChange={setName}
          error={errorAt(error, '/name')}
        />
        <TextField
          label="Issuer"
          required
          hint="Exactly as its discovery writes it, also in its last slash."
          placeholder="such as https://login.example.org"
          value={issuer}
          onChange={setIssuer}
          error={errorAt(error, '/issuer')}
        />
        <TextField
          label="Client id"
          required
          value={clientId}
          onChange={setClientId}
          error={errorAt(error, '/client_id')}
        />
        <TextField
          label="Client secret"
          type="password"
          autoComplete="off"
          hint={provider === null ? 'Empty: a public client, by PKCE alone.' : 'Empty: the one that is stored stays.'}
          value={secret}
          onChange={setSecret}
          error={errorAt(error, '/client_secret')}
        />
        <TextAreaField
          label="Domains"
          hint="One a line. For addresses of these the word of the provider is taken: owners alone set them."
          rows={2}
          value={domains}
          onChange={setDomains}
          error={errorAt(error, '/domains')}
        />
        <SelectField<SignUp>
          label="Who becomes a member"
          value={signUp}
          options={[
            { value: 'closed', label: 'Nobody: members sign in' },
            { value: 'invitation', label: 'Who has an open invitation for his address' },
            { value: 'domain', label: 'Who has an address of the domains' },
          ]}
          onChange={setSignUp}
          error={errorAt(error, '/sign_up')}
        />
        {signUp === 'domain' && (
          <GivenFields given={given} onChange={setGiven} error={error} mayBeNothing properties={properties} />
        )}
      </ChangeForm>
    </Dialog>
  );
}
