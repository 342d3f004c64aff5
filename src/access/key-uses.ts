import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const NOTE = `
  UPDATE api_keys SET last_used_at = date_trunc('minute', now())
  WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < date_trunc('minute', now()))`;

/** A column that tells whether this minute is not noted yet as the last use of `key`. */
export const IS_USE_DUE = `key.last_used_at IS NULL OR key.last_used_at < date_trunc('minute', now()) AS is_use_due`;

/** When each key was used last, to the minute. */
@Injectable()
export class KeyUses {
  /** Keys whose use is being noted by this process. */
  private readonly noting = new Set<string>();

  constructor(private readonly database: DataSource) {}

  /** Once a minute for a key, beside the call. One that fails is made up for by the next use. */
  async note(id: string): Promise<void> {
    if (this.noting.has(id)) return;
    this.noting.add(id);
    await this.database.query(NOTE, [id]).catch(() => undefined);
    this.noting.delete(id);
  }
}
