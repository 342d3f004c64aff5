import { useState, type ReactNode } from 'react';
import { unwrap, type components, type Property } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { linesOf } from '../text/lines.js';
import { endOfDay, lastDayBefore } from './form-values.js';
import { GivenFields } from './given-fields.js';
import { PropertyChecks } from './property-checks.js';
import { givenFrom, roleOrGrants } from './roles.js';

type Key = components['schemas']['Key'];

interface Props {
  readonly of: Key;
  readonly properties: readonly Property[];
  readonly onClose: () => void;
}

/** Another name, other grants, another end; it holds from the next call by the key on. */
export function ChangeKey({ of: key, properties, onClose }: Props): ReactNode {
  const [name, setName] = useState(key.name);
  const [given, setGiven] = useState(() => givenFrom({ ...key, properties: null }));
  const [chosen, setChosen] = useState<readonly string[]>(key.properties ?? []);
  const [origins, setOrigins] = useState((key.origins ?? []).join('\n'));
  const known = lastDayBefore(key.expires_at);
  const [expires, setExpires] = useState(known);
  const isPublic = key.kind === 'public';
  const change = useChange(
    async () =>
      unwrap(
        await api.PATCH('/v1/account/keys/{id}', {
          params: { path: { id: key.id } },
          body: {
            name,
            ...(isPublic
              ? { origins: linesOf(origins) }
              : { ...roleOrGrants(given), properties: chosen.length > 0 ? [...chosen] : null }),
            ...(expires !== known && { expires_at: expires === '' ? null : endOfDay(expires) }),
          },
        }),
      ),
    { changes: [['keys']], onDone: onClose },
  );
  const { error } = change;
  return (
    <Dialog title={`Change ${key.name}`} onClose={onClose}>
      <ChangeForm
        action="Change"
        what="Nothing was changed"
        change={change}
        onSubmit={() => change.mutate()}
        onCancel={onClose}
      >
        <TextField label="Name" required value={name} onChange={setName} error={errorAt(error, '/name')} />
        {isPublic ? (
          <TextAreaField
            label="Origins"
            hint="One a line: https://www.example.org or *.example.org"
            value={origins}
            onChange={setOrigins}
            error={errorAt(error, '/origins')}
          />
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
