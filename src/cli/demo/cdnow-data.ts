import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { packageRoot } from '../../platform/config/package-root.js';

/** One purchase; see README.md in the folder `cdnow` for the source. */
export interface Purchase {
  /** Line in the file, from 1: the event's id, since some purchases equal another in every column. */
  readonly line: number;
  readonly user: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly cds: number;
  readonly dollars: number;
}

/** Every purchase of the CDNOW data set, in the order of the file. */
export function readPurchases(): Purchase[] {
  const file = join(packageRoot(), 'src/cli/demo/cdnow/purchases.csv.gz');
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(file)), { columns: true });
  return rows.map((row, i) => ({
    line: i + 1,
    user: row['user'] ?? '',
    date: row['date'] ?? '',
    cds: Number(row['cds']),
    dollars: Number(row['dollars']),
  }));
}

/** The purchase as an event of the API. */
export function toEvent(purchase: Purchase) {
  return {
    id: `cdnow-${purchase.line}`,
    user: purchase.user,
    event: 'purchase',
    time: `${purchase.date}T00:00:00Z`,
    properties: { cds: purchase.cds, dollars: purchase.dollars },
  };
}

/** Users by the month (`YYYY-MM`) of their first purchase. */
export function usersByFirstMonth(purchases: readonly Purchase[]): Map<string, string[]> {
  const first = new Map<string, string>();
  for (const { user, date } of purchases) {
    const known = first.get(user);
    if (known === undefined || date < known) first.set(user, date);
  }
  const months = new Map<string, string[]>();
  for (const [user, date] of first) {
    const month = date.slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), user]);
  }
  return months;
}
