import type { ReactNode } from 'react';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { formatBytes } from './bytes.js';
import { useStorage } from './use-storage.js';
import { StoredKinds } from './stored-kinds.js';

/** What one property takes on the disk, by kind. */
export function StorageOfProperty({ id }: { readonly id: string }): ReactNode {
  const { data, error, refetch } = useStorage();
  if (data === undefined) {
    return error === null ? (
      <Waiting what="Counting what is stored" />
    ) : (
      <ProblemNote error={error} onRetry={() => void refetch()} />
    );
  }
  const stored = data.properties.find((one) => one.id === id);
  if (stored === undefined || stored.kinds.length === 0) return <p className="soft">Nothing is stored yet.</p>;
  return (
    <>
      <p>{formatBytes(stored.bytes)} in all.</p>
      <StoredKinds kinds={stored.kinds} />
    </>
  );
}
