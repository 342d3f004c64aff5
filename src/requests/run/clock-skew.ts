import type { DataSource } from 'typeorm';

/** Locks of jobs last five seconds by the clocks of the workers: a clock that is further off takes live jobs from others. */
export const MAX_SKEW_MS = 2500;

/** How far this process's clock is ahead of the database's, in milliseconds; exact to half the time of the round trip. */
export async function clockSkewMs(dataSource: DataSource): Promise<number> {
  const sentMs = Date.now();
  const [row] = await dataSource.query<{ ms: string }[]>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
  return (sentMs + Date.now()) / 2 - Number(row?.ms);
}
