import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import type { Wait } from '../platform/http/wait.js';
import { principalOf } from './current-principal.js';

const RETRY_AFTER_S = 5;

/**
 * What of a caller may last: the download of a whole result; waiting for the end of something, by a stream of events or
 * by an answer that is held back.
 */
type Lasting = 'export' | 'watch';

/**
 * How many answers that last are under way at once, by API key, in this process: whoever opens them and does not read
 * holds connections, files and turns that others need.
 */
@Injectable()
export class KeySlots {
  private readonly byKey = { export: new Map<string, number>(), watch: new Map<string, number>() };
  private exports = 0;

  constructor(private readonly config: Config) {}

  /**
   * Counts the answer of `reply` until it has been sent or its reader is gone.
   * @throws Failure too_many_exports, too_many_watchers
   */
  hold(lasting: Lasting, reply: FastifyReply): void {
    const { id: apiKeyId } = principalOf(reply.request);
    const counts = this.byKey[lasting];
    const ofKey = counts.get(apiKeyId) ?? 0;
    if (lasting === 'export') this.refuseExport(ofKey);
    else if (ofKey >= this.config.keyWatchLimit) throw tooManyWatchers(this.config.keyWatchLimit);
    if (reply.raw.destroyed) return;
    counts.set(apiKeyId, ofKey + 1);
    if (lasting === 'export') this.exports += 1;
    reply.raw.once('close', () => this.release(lasting, apiKeyId));
  }

  /**
   * Does what a call waits for, under its slot, and confirms a preferred wait.
   * @throws Failure too_many_watchers, and what `work` throws
   */
  async whileWaiting<T>(wait: Wait, reply: FastifyReply, work: () => Promise<T>): Promise<T> {
    if (wait.ms > 0) this.hold('watch', reply);
    const result = await work();
    if (wait.preferred) reply.header('preference-applied', `wait=${wait.ms / 1000}`);
    return result;
  }

  private refuseExport(ofKey: number): void {
    const { keyExportLimit, exportLimit } = this.config;
    if (ofKey >= keyExportLimit) throw tooManyExports('exports_of_key', keyExportLimit, 'of this API key');
    if (this.exports >= exportLimit) throw tooManyExports('exports', exportLimit, 'of all callers');
  }

  private release(lasting: Lasting, apiKeyId: string): void {
    const counts = this.byKey[lasting];
    const left = (counts.get(apiKeyId) ?? 1) - 1;
    if (left === 0) counts.delete(apiKeyId);
    else counts.set(apiKeyId, left);
    if (lasting === 'export') this.exports -= 1;
  }
}

function tooManyExports(limit: string, value: number, whose: string): Failure {
  const detail = `${value} downloads ${whose} are under way, as many as there may be at once. Read one to its end, or close it, and try again.`;
  return new Failure('too_many_exports', detail, [], { limit, value, retry_after: RETRY_AFTER_S });
}

function tooManyWatchers(value: number): Failure {
  const detail = `${value} callers with this API key wait for something, by a stream of events or by \`wait\`, as many as may at once. Call without waiting, or again in a moment.`;
  return new Failure('too_many_watchers', detail, [], { limit: 'watchers_of_key', value, retry_after: RETRY_AFTER_S });
}
