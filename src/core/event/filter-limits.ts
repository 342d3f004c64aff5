import { Failure } from '../failure.js';

/** Far beyond what people write; each keeps a hostile body cheap. Text in UTF-16 units. */
export const FILTER_LIMITS = { depth: 16, filters: 200, values: 1_000, text: 4_096 } as const;

/** What is beyond a limit: 422 `limit_exceeded` with the limit's name and value. */
export function beyondFilterLimit(limit: keyof typeof FILTER_LIMITS, pointer: string): Failure {
  const detail = `A filter may have ${LIMIT_TEXT[limit]}.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], {
    limit: `filter_${limit}`,
    value: FILTER_LIMITS[limit],
  });
}

const LIMIT_TEXT = {
  depth: `at most ${FILTER_LIMITS.depth} levels`,
  filters: `at most ${FILTER_LIMITS.filters} filters, nested ones counted`,
  values: `at most ${FILTER_LIMITS.values} values in one list`,
  text: `texts of at most ${FILTER_LIMITS.text} characters`,
} as const;
