import type { ReactNode } from 'react';

interface Props {
  /** What is being done: `Reading the requests`. */
  readonly what: string;
  /** Whether it stands in the middle of an empty page. */
  readonly isWhole?: boolean;
}

/** Says what is waited for. */
export function Waiting({ what, isWhole = false }: Props): ReactNode {
  return (
    <p className={isWhole ? 'waiting waiting-whole' : 'waiting'} role="status">
      <span className="waiting-sign" aria-hidden="true" />
      {what}…
    </p>
  );
}
