import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { CheckField } from '../parts/check-field.js';
import { errorAt } from '../parts/field-errors.js';
import { TextField } from '../parts/field.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { Waiting } from '../parts/waiting.js';
import { bodyOf, fieldsOf, type ActiveFields } from './active-fields.js';

type Settings = components['schemas']['ActiveUsersSettings'];

/** Which events are activity, in which windows, and what begins and ends a session. */
export default function ActiveSettingsView(): ReactNode {
  const { property, at } = useProperty();
  const { data, error, refetch } = useQuery({
    queryKey: ['active-users', property.id, 'settings'],
    queryFn: async () =>
      unwrap(
        await api.GET('/v1/properties/{property}/active-users/settings', {
          params: { path: { property: property.id } },
        }),
      ),
  });
  return (
    <>
      <PageHead title="What counts as active" lead={<Link href={at('active-users')}>Active users</Link>} />
      {error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting what="Reading the settings" />}
      {data !== undefined && <SettingsForm key={data.version} settings={data} />}
    </>
  );
}

function SettingsForm({ settings }: { readonly settings: Settings }): ReactNode {
  const { property, grants } = useProperty();
  const canChange = grants.has('property:write');
  const [fields, setFields] = useState(() => fieldsOf(settings));
  const save = useChange(
    async () =>
      unwrap(
        await api.PUT('/v1/properties/{property}/active-users/settings', {
          params: { path: { property: property.id } },
          body: bodyOf(fields) as never,
        }),
      ),
    { changes: [['active-users', property.id]] },
  );
  const set = (changed: Partial<ActiveFields>): void => setFields({ ...fields, ...changed });
  const { error } = save;
  return (
    <div className="narrow-form stack">
      {!canChange && <p className="note">Changing them needs the grant property:write, which you do not hold here.</p>}
      <ChangeForm
        action="Save"
        what="Nothing was changed"
        change={save}
        onSubmit={() => save.mutate()}
        isDisabled={!canChange}
      >
        <TextAreaField
          label="Events that are activity"
          hint="One a line; every event where it is empty."
          rows={3}
          value={fields.events}
          onChange={(events) => set({ events })}
          error={errorAt(error, '/activity/event')}
        />
        <TextAreaField
          label="Only those that pass this filter"
          hint='JSON, such as {"property": "bot", "ne": true}; empty: all of them.'
          rows={2}
          value={fields.where}
          onChange={(where) => set({ where })}
          error={errorAt(error, '/activity/where')}
        />
        <TextAreaField
          label="Windows"
          hint="Durations, one a line: P1D, P7D, P30D."
          rows={3}
          value={fields.windows}
          onChange={(windows) => set({ windows })}
          error={errorAt(error, '/windows')}
        />
        <CheckField
          label="There are sessions: who is connected is active"
          isChecked={fields.hasPresence}
          onChange={(hasPresence) => set({ hasPresence })}
        />
        {fields.hasPresence && (
          <fieldset className="fieldset">
            <legend>Sessions</legend>
            <TextField
              label="Events that begin one"
              required
              hint="With commas between them."
              value={fields.from}
              onChange={(from) => set({ from })}
              error={errorAt(error, '/presence/from')}
            />
            <TextField
              label="Events that end one"
              required
              value={fields.to}
              onChange={(to) => set({ to })}
              error={errorAt(error, '/presence/to')}
            />
            <TextField
              label="Property that names the session"
              hint="Empty: a user has one."
              value={fields.session}
              onChange={(session) => set({ session })}
              error={errorAt(error, '/presence/session')}
            />
            <TextField
              label="Open at most"
              hint="Where no event ends it: a duration, such as P7D."
              value={fields.max}
              onChange={(max) => set({ max })}
              error={errorAt(error, '/presence/max')}
            />
          </fieldset>
        )}
        <TextAreaField
          label="Users who are left out"
          hint='A filter on their traits as JSON, such as {"trait": "disabled", "eq": true}; empty: nobody.'
          rows={2}
          value={fields.exclude}
          onChange={(exclude) => set({ exclude })}
          error={errorAt(error, '/exclude')}
        />
        <TextField
          label="Computed every"
          hint="From PT1M to P7D."
          value={fields.every}
          onChange={(every) => set({ every })}
          error={errorAt(error, '/every')}
        />
      </ChangeForm>
      {save.isSuccess && (
        <p className="note" role="status">
          Saved. The figures are computed anew in a moment.
        </p>
      )}
    </div>
  );
}
