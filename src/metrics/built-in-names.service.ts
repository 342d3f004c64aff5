import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { METRIC_IDS } from '../core/metric/metric.js';

const TAKEN = 'SELECT DISTINCT name FROM named_metrics WHERE archived_at IS NULL AND name = ANY($1)';

/**
 * Which ids of built-ins some property has given to a metric of its own. It could do so only under a release that did not have the built-in, so that they are read
 * once in the life of a process: asking for a built-in costs no look at the database.
 */
@Injectable()
export class BuiltInNames {
  private names: Promise<ReadonlySet<string>> | undefined;

  constructor(private readonly database: DataSource) {}

  async has(name: string): Promise<boolean> {
    this.names ??= this.read();
    return (await this.names).has(name);
  }

  private async read(): Promise<ReadonlySet<string>> {
    try {
      const rows: { name: string }[] = await this.database.query(TAKEN, [[...METRIC_IDS]]);
      return new Set(rows.map(({ name }) => name));
    } catch (error) {
      this.names = undefined;
      throw error;
    }
  }
}
