import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useMutation } from '@tanstack/react-query';
import { unwrap, type Answer } from '@muster/client';
import { api } from '../api/api.js';
import { useProperty } from '../app/property.js';
import { Words } from '../parts/words.js';
import { ProblemNote } from '../parts/problem-note.js';
import { bodyOf } from '../text/ask-again.js';

/** What moved, in words. */
const MOVES: Readonly<Record<Answer['moved'][number], string>> = {
  events: 'events came in, or were taken back, that it reads',
  registrations: 'registrations changed that it reads',
  users: 'users were seen for the first time',
  traits: 'traits changed that it reads',
  batches: 'a batch was taken back',
  time: 'its time is over: the same data could answer otherwise by now',
  semantics: 'it was measured by an earlier version of the meanings',
};

/** What the reader has to know before he trusts the figures: that they are stale, and why; warnings; open windows. */
export function AnswerNotes({ answer }: { readonly answer: Answer }): ReactNode {
  const { property, grants, at } = useProperty();
  const [, navigate] = useLocation();
  const again = useMutation({
    mutationFn: async () => {
      const body = { ...bodyOf(answer), as_of: undefined, cache: 'refresh' } as never;
      const params = { path: { property: property.id } };
      return unwrap(await api.POST('/v1/properties/{property}/requests', { params, body }));
    },
    onSuccess: ({ id }) => navigate(at(`requests/${id}`)),
  });
  return (
    <>
      {answer.stale === true && (
        <div className="note note-warn">
          <p>
            <strong>This answer is stale</strong>: since then {answer.moved.map((move) => MOVES[move]).join('; ')}.
          </p>
          {grants.has('requests:write') && (
            <button
              type="button"
              className="button button-small"
              disabled={again.isPending}
              onClick={() => again.mutate()}
            >
              {again.isPending ? 'Asking…' : 'Compute it anew'}
            </button>
          )}
        </div>
      )}
      {again.error !== null && <ProblemNote error={again.error} what="It was not asked again" />}
      {answer.warnings.length > 0 && (
        <div className="note note-warn">
          <ul className="plain-list">
            {answer.warnings.map(({ code, detail, property: name }) => (
              <li key={`${code} ${name ?? ''}`}>
                <Words text={detail} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
