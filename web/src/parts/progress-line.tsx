import type { ReactNode } from 'react';
import type { Answer } from '@muster/client';
import { formatCount, formatMs } from '../text/format.js';

interface Props {
  readonly status: Answer['status'];
  readonly progress: Answer['progress'];
}

/** Place in the queue, or what was read of how much and how long it may take. */
export function ProgressLine({ status, progress }: Props): ReactNode {
  const percent = progress?.percent ?? null;
  return (
    <div className="progress" role="status">
      <progress aria-label="Progress" max={100} {...(percent !== null && { value: percent })} />
      <span>{wordsOf(status, progress)}</span>
    </div>
  );
}

function wordsOf(status: Answer['status'], progress: Answer['progress']): string {
  if (status === 'queued') {
    const place = progress?.queue_position ?? null;
    return place === null ? 'In the queue' : `Number ${formatCount(place)} in the queue`;
  }
  const read = progress?.rows_read ?? null;
  const all = progress?.rows_to_read ?? null;
  const left = progress?.estimated_remaining_ms ?? null;
  return [
    read === null ? 'Running' : `${formatCount(read)}${all === null ? '' : ` of about ${formatCount(all)}`} rows read`,
    ...(left === null ? [] : [`about ${formatMs(left)} left`]),
  ].join(', ');
}
