import type { ReactNode } from 'react';
import type { Property } from '@muster/client';
import { heldWords, type Held } from './roles.js';

interface Props {
  readonly held: Held;
  readonly properties: readonly Property[];
}

/** What somebody or something may do, the account first. */
export function HeldCell({ held, properties }: Props): ReactNode {
  return heldWords(held, properties).map((words) => <div key={words}>{words}</div>);
}
