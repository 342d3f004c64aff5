import { useState, type ReactNode } from 'react';
import { unwrap, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { SelectField, TextField } from '../parts/field.js';
import { SecretBox } from '../parts/secret-box.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { linesOf } from '../text/lines.js';
import { endOfDay } from './form-values.js';
import { GivenFields } from './given-fields.js';
import { PropertyChecks } from './property-checks.js';
import { NOTHING_GIVEN, roleOrGrants, type Given } from './roles.js';

interface Props {
  readonly properties: readonly Property[];
  readonly onClose: () => void;
}

type Kind = 'secret' | 'public';

/** Makes a key for a program or for pages, and shows it once. */
export function NewKey({ properties, onClose }: Props): ReactNode {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Kind>('secret');
  const [given, setGiven] = useState<Given>({ ...NOTHING_GIVEN, role: 'viewer' });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [property, setProperty] = useState(properties[0]?.id ?? '');
  const [origins, setOrigins] = useState('');
  const [expires, setExpires] = useState('');
  const make = useChange(
    async () =>
      unwrap(
        await api.POST('/v1/account/keys', {
          body: {
            name,
            ...(kind === 'public'
              ? { kind, property, origins: linesOf(origins) }
              : { kind, ...roleOrGrants(given), ...(chosen.length > 0 && { properties: [...chosen] }) }),
            ...(expires !== '' && { expires_at: endOfDay(expires) }),
          },
        }),
      ),
    { changes: [['keys']] },
  );
  const { data: made, error } = make;
  if (made !== undefined) {
    return (
      <Dialog title={`The key ${made.name}`} onClose={onClose}>
        <SecretBox label={kind === 'public' ? 'Public key' : 'Secret key'} secret={made.secret}>
          <button type="button" className="button button-small" onClick={onClose}>
            Done
          </button>
        </SecretBox>
        <p className="soft">
          {kind === 'public'
            ? 'It may stand in a page. The view Tracker of the property has the snippet to paste.'
            : 'Programs send it as Authorization: Bearer, followed by the key.'}
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <ChangeForm
        action="Make the key"
        what="No key was made"
        change={make}
        onSubmit={() => make.mutate()}
        onCancel={onClose}
      >
        <TextField
          label="Name"
          required
          hint="What it is for, as others see it here."
          value={name}
          onChange={setName}
          error={errorAt(error, '/name')}
        />
        <SelectField<Kind>
          label="Kind"
          value={kind}
          options={[
            { value: 'secret', label: 'Secret: for programs' },
            { value: 'public', label: 'Public: for pages, sends events of one property' },
          ]}
          onChange={setKind}
        />
        {kind === 'public' ? (
          <>
            <SelectField
              label="Property"
              value={property}
              error={errorAt(error, '/property')}
              options={properties.map((one) => ({ value: one.id, label: one.name }))}
              onChange={setProperty}
            />
            <TextAreaField
              label="Origins"
              hint="From which pages it is taken, one a line: https://www.example.org or *.example.org"
              value={origins}
              onChange={setOrigins}
              error={errorAt(error, '/origins')}
            />
          </>
        ) : (
          <>
            <GivenFields given={given} onChange={setGiven} error={error} />
            <PropertyChecks
              properties={properties}
              chosen={chosen}
              onChange={setChosen}
              error={errorAt(error, '/properties')}
            />
          </>
        )}
        <TextField
          label="Last day"
          type="date"
          hint="Empty: it does not expire."
          value={expires}
          onChange={setExpires}
          error={errorAt(error, '/expires_at')}
        />
      </ChangeForm>
    </Dialog>
  );
}
