import type { Cohort } from '@muster/client';

/** Empty texts ask for nothing. */
interface CohortFilter {
  /** Anywhere in name or description, in any case. */
  readonly text: string;
  readonly tag: string;
  readonly kind: string;
}

export function cohortFits({ name, description, tags, kind }: Cohort, wanted: CohortFilter): boolean {
  const text = wanted.text.toLowerCase();
  return (
    (text === '' || `${name}\n${description}`.toLowerCase().includes(text)) &&
    (wanted.tag === '' || tags.includes(wanted.tag)) &&
    (wanted.kind === '' || kind === wanted.kind)
  );
}
