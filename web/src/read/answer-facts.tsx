import type { ReactNode } from 'react';
import type { Answer } from '@muster/client';
import { useProperty } from '../app/property.js';
import { Facts } from '../parts/facts.js';
import { formatCount, formatInstant, formatMs } from '../text/format.js';

/** By which data the answer was made, and how long that took. */
export function AnswerFacts({ answer }: { readonly answer: Answer }): ReactNode {
  const { property } = useProperty();
  const { cohort, as_of: asOf, computed_at: computedAt, duration_ms: ms, timings } = answer;
  const facts: [string, string][] = [
    ...(cohort.size === null ? [] : [['Users in the cohort', formatCount(cohort.size)] as [string, string]]),
    ...(asOf === null ? [] : [['Data before', formatInstant(asOf, property.time_zone)] as [string, string]]),
    ...(computedAt === null ? [] : [['Computed', formatInstant(computedAt, property.time_zone)] as [string, string]]),
    ...(ms === null ? [] : [['It took', formatMs(ms)] as [string, string]]),
    ...(timings === null ? [] : [['Rows read', formatCount(timings.rows_read)] as [string, string]]),
  ];
  return <Facts facts={facts} />;
}
