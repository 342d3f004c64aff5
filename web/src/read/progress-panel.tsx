import type { ReactNode } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { unwrap, type Answer } from '@muster/client';
import { api } from '../api/api.js';
import { requestKey } from '../api/requests.js';
import { useProperty } from '../app/property.js';
import { ProblemNote } from '../parts/problem-note.js';
import { ProgressLine } from '../parts/progress-line.js';

/** How far a request is, and the way to give it up. */
export function ProgressPanel({ answer }: { readonly answer: Answer }): ReactNode {
  const { property, grants } = useProperty();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => {
      const params = { path: { property: property.id, id: answer.id } };
      return unwrap(await api.DELETE('/v1/properties/{property}/requests/{id}', { params })) as Answer;
    },
    onSuccess: (cancelled) => client.setQueryData(requestKey(property.id, answer.id), cancelled),
  });
  return (
    <div className="stack">
      <ProgressLine status={answer.status} progress={answer.progress} />
      <p className="soft">This page follows it. It goes on when you leave; come back to this address.</p>
      {grants.has('requests:write') && (
        <div>
          <button type="button" className="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            {cancel.isPending ? 'Cancelling…' : 'Cancel'}
          </button>
        </div>
      )}
      {cancel.error !== null && <ProblemNote error={cancel.error} what="It was not cancelled" />}
    </div>
  );
}
