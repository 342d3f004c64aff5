import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { errorAt } from '../parts/field-errors.js';
import { ProblemNote } from '../parts/problem-note.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { Waiting } from '../parts/waiting.js';
import { linesOf } from '../text/lines.js';

/** Ids that stand for nobody, such as `undefined`: what is sent of them is refused, row by row. */
export function RefusedUsers(): ReactNode {
  const { property, grants } = useProperty();
  const {
    data: users,
    error,
    refetch,
  } = useQuery({
    queryKey: ['refused-users', property.id],
    queryFn: async () =>
      unwrap(await api.GET('/v1/properties/{property}/refused-users', { params: { path: { property: property.id } } }))
        .users,
  });
  if (users === undefined) {
    return error === null ? (
      <Waiting what="Reading the refused ids" />
    ) : (
      <ProblemNote error={error} onRetry={() => void refetch()} />
    );
  }
  if (grants.has('property:write')) return <RefusedForm users={users} />;
  if (users.length === 0) return <p className="soft">No id is refused.</p>;
  return (
    <ul className="tags plain-list">
      {users.map((user) => (
        <li key={user}>
          <code>{user}</code>
        </li>
      ))}
    </ul>
  );
}

function RefusedForm({ users }: { readonly users: readonly string[] }): ReactNode {
  const { property } = useProperty();
  const [text, setText] = useState(users.join('\n'));
  const save = useChange(
    async () => {
      const params = { path: { property: property.id } };
      const body = { users: linesOf(text) };
      return unwrap(await api.PUT('/v1/properties/{property}/refused-users', { params, body }));
    },
    { changes: [['refused-users', property.id]] },
  );
  return (
    <div className="narrow-form stack">
      <ChangeForm action="Save the ids" what="Nothing was changed" change={save} onSubmit={() => save.mutate()}>
        <TextAreaField
          label="Refused ids"
          hint="An id a line. It holds for what is sent from now on; what is stored stays."
          value={text}
          onChange={setText}
          error={errorAt(save.error, '/users')}
        />
      </ChangeForm>
      {save.isSuccess && (
        <p className="note" role="status">
          Saved.
        </p>
      )}
    </div>
  );
}
