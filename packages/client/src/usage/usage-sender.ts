import { MusterError } from '../muster-error.js';
import type { PropertyClient } from '../property-client.js';
import type { UsageBatch } from '../types.js';
import type { NotSent } from './callbacks.js';

const LISTS = ['counts', 'seen', 'marks'] as const;
type List = (typeof LISTS)[number];
const FINAL: readonly string[] = [
  'period_closed',
  'invalid_field',
  'unknown_field',
  'limit_exceeded',
  'body_too_large',
  'body_too_complex',
];
const ITEM = /^\/(counts|seen|marks)\/(\d+)(\/|$)/;
/** An answer that does not come is no answer: the batch is sent again. */
const PATIENCE_MS = 30_000;

/**
 * Sends a batch until all that the service takes of it is counted: items that it refuses are taken out and told, the
 * others are sent under the same id, as nothing of a refused batch has been counted.
 *
 * @throws what another call may mend: the service is away, busy, or does not let the key in
 */
export async function sendBatch(
  client: PropertyClient,
  batch: UsageBatch,
  onDropped: (dropped: NotSent) => void,
): Promise<void> {
  let rest = batch;
  while (LISTS.some((list) => (rest[list]?.length ?? 0) > 0)) {
    try {
      await client.sendUsage(rest, { signal: AbortSignal.timeout(PATIENCE_MS) });
      return;
    } catch (error) {
      if (!(error instanceof MusterError) || !isFinal(error)) throw error;
      const { kept, items } = withoutRefused(rest, error);
      onDropped({ items, error });
      rest = kept;
    }
  }
}

/** A batch that is too old as a whole may have been counted long ago: it is not sent in parts. */
function withoutRefused(batch: UsageBatch, error: MusterError): { kept: UsageBatch; items: object[] } {
  const refused = error.errors.map(({ pointer = '' }) => ITEM.exec(pointer));
  const isWhole = refused.length === 0 || refused.some((found) => found === null);
  const names = new Set(refused.map((found) => `${found?.[1]}/${found?.[2]}`));
  const firstOpen = {
    counts: openFrom(error, 'first_open'),
    seen: openFrom(error, 'first_open_seen'),
    marks: -Infinity,
  };
  const isRefused = (list: List, { at }: { at?: string | null }, i: number): boolean =>
    isWhole || names.has(`${list}/${i}`) || Date.parse(at ?? '') < firstOpen[list];
  const items = LISTS.flatMap((list) => (batch[list] ?? []).filter((item, i) => isRefused(list, item, i)));
  const kept = Object.fromEntries(
    LISTS.map((list) => [list, (batch[list] ?? []).filter((item, i) => !isRefused(list, item, i))]),
  );
  return { kept: { ...batch, ...kept }, items };
}

/**
 * The first instant that is open, as only the first items that are closed are named. One that is still to come says
 * nothing of the items of today: the service takes them as of that instant.
 */
function openFrom({ code, problem }: MusterError, member: string): number {
  const ms = code === 'period_closed' ? Date.parse(String(problem[member])) : NaN;
  return ms <= Date.now() ? ms : -Infinity;
}

/** Refused by its content, so that it never passes; all else may, and so may what is no answer of Muster. */
function isFinal({ code }: MusterError): boolean {
  return FINAL.includes(code);
}

/** Something of the batch is ahead of the clock of the service: it passes in time, and others need not wait for it. */
export function isEarly(error: unknown): boolean {
  return error instanceof MusterError && error.code === 'invalid_time';
}
