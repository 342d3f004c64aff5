import type { ValueTransformer } from 'typeorm';

/** PostgreSQL's bigint arrives as text; ours stay below 2^53. */
export const bigintAsNumber: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};
