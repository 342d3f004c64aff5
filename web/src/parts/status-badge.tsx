import type { ReactNode } from 'react';

/** The states of a job. */
export const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export type Status = (typeof STATUSES)[number];

const LOOKS: Readonly<Record<Status, string>> = {
  queued: 'badge',
  running: 'badge badge-accent',
  succeeded: 'badge badge-good',
  failed: 'badge badge-bad',
  cancelled: 'badge',
};

export function StatusBadge({ status }: { readonly status: Status }): ReactNode {
  return <span className={LOOKS[status]}>{status}</span>;
}
