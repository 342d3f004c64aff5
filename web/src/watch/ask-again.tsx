import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ProblemNote } from '../parts/problem-note.js';
import { bodyOf } from '../text/ask-again.js';

/** Opens the form with the question of a request, to be asked again as it is or changed. */
export function AskAgain({ id }: { readonly id: string }): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const open = useChange(
    async () => {
      const params = { path: { property: property.id, id } };
      return unwrap(await api.GET('/v1/properties/{property}/requests/{id}', { params }));
    },
    {
      changes: [],
      onDone: (answer) => navigate(`${at('ask')}?request=${encodeURIComponent(JSON.stringify(bodyOf(answer)))}`),
    },
  );
  return (
    <>
      <button type="button" className="button button-small" disabled={open.isPending} onClick={() => open.mutate()}>
        Ask again
      </button>
      {open.error !== null && <ProblemNote error={open.error} what="The question was not found" />}
    </>
  );
}
