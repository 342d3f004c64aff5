import type { ReactNode } from 'react';
import type { components } from '@muster/client';

type State = components['schemas']['Batch']['state'];

const LOOKS: Readonly<Record<State, readonly [look: string, words: string]>> = {
  open: ['badge badge-accent', 'on its way'],
  stored: ['badge badge-good', 'counts'],
  deleting: ['badge badge-warn', 'is taken back'],
  deleted: ['badge', 'taken back'],
};

/** Whether what is in a batch counts. */
export function BatchState({ state }: { readonly state: State }): ReactNode {
  const [look, words] = LOOKS[state];
  return <span className={look}>{words}</span>;
}
