import type { ReactNode } from 'react';
import { MusterError } from '@muster/client';
import { Words } from './words.js';

interface Props {
  readonly error: unknown;
  /** What did not work: `The request was not sent`. */
  readonly what?: string;
  readonly onRetry?: () => void;
}

/** Says what happened, in the words of the service, and what is wrong where. */
export function ProblemNote({ error, what, onRetry }: Props): ReactNode {
  const { title, detail, places } = wordsOf(error);
  return (
    <div className="problem" role="alert">
      <p className="problem-title">{what ?? title}</p>
      <p>
        <Words text={detail} />
      </p>
      {places.length > 0 && (
        <ul>
          {places.map(({ place, detail: said }) => (
            <li key={`${place} ${said}`}>
              {place !== '' && <code>{place}</code>} <Words text={said} />
            </li>
          ))}
        </ul>
      )}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface Words {
  readonly title: string;
  readonly detail: string;
  readonly places: readonly { readonly place: string; readonly detail: string }[];
}

function wordsOf(error: unknown): Words {
  if (error instanceof MusterError) {
    const { title = 'The service refused the call' } = error.problem as { title?: string };
    const others = error.errors.filter(({ detail }) => detail !== error.detail);
    const places = others.map(({ pointer, parameter, detail }) => ({ place: pointer ?? parameter ?? '', detail }));
    return { title, detail: error.detail, places };
  }
  if (error instanceof TypeError) {
    return {
      title: 'Muster was not reached',
      detail: 'It may be starting anew, or the network is down. What you have entered is still here.',
      places: [],
    };
  }
  return { title: 'Something went wrong', detail: error instanceof Error ? error.message : String(error), places: [] };
}
