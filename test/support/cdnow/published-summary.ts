import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { PACKAGE_ROOT } from '../source-files.js';

/** What is published of a customer, in weeks to two decimals; see README.md beside. */
export interface CustomerSummary {
  readonly user: string;
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
}

/** The last day that it looks at is 30 September 1997. */
export const SUMMARY_DAYS = { kind: 'fixed', from: '1997-01-01', to: '1997-10-01' } as const;
export const SUMMARY_LAST_DAY_MS = Date.parse('1997-09-30T00:00:00Z');

export function readSummary(): CustomerSummary[] {
  const file = join(PACKAGE_ROOT, 'test/support/cdnow/customers-summary.csv');
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return rows.map((row) => ({
    user: row['user'] ?? '',
    frequency: Number(row['frequency']),
    recency: Number(row['recency']),
    age: Number(row['T']),
  }));
}
