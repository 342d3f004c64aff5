import type { ReactNode } from 'react';
import { formatInstant } from '../text/format.js';

interface Props {
  readonly at: string | null;
  /** Absent: the zone of the reader. */
  readonly zone?: string | undefined;
  /** Stands where there is none. */
  readonly none?: string;
}

/** An instant in words, with its zone. */
export function Instant({ at, zone, none = 'never' }: Props): ReactNode {
  if (at === null) return <span className="soft">{none}</span>;
  const known = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <time dateTime={at} title={at} className="instant">
      {formatInstant(at, known)}
    </time>
  );
}
