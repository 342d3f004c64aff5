import { Injectable } from '@nestjs/common';
import { Engine } from './engine.js';
import { NO_TIME_LIMIT } from './engine-settings.js';

/** Ids that are named in one statement. */
const IDS_AT_ONCE = 2_000;
/** A deletion rewrites the parts that hold the rows, however long that takes. */

/** By which column a table tells whose rows it holds. */
const OWNERS = ['property', 'run_id', 'upload_id'] as const;
export type Owner = (typeof OWNERS)[number];

export interface OwnedTable {
  readonly table: string;
  readonly owner: Owner;
}

/** What the engine holds of one property, in whatever table. Throws what `Engine` throws. */
@Injectable()
export class OwnedRowsStore {
  constructor(private readonly engine: Engine) {}

  /** Every table with rows of properties, by the first of the columns that it has: no new table is forgotten. */
  async tables(): Promise<OwnedTable[]> {
    const sql = `SELECT columns.table AS table, groupArray(name) AS names
FROM system.columns AS columns JOIN system.tables AS tables ON tables.database = columns.database AND tables.name = columns.table
WHERE columns.database = currentDatabase() AND has({p0:Array(String)}, name) AND endsWith(engine, 'MergeTree')
GROUP BY table ORDER BY table`;
    const { rows } = await this.engine.rows<{ table: string; names: string[] }>({ sql, params: { p0: [...OWNERS] } });
    return rows.flatMap(({ table, names }) => {
      const owner = OWNERS.find((name) => names.includes(name));
      return owner === undefined ? [] : [{ table, owner }];
    });
  }

  /** How many events of the property count. */
  async countEvents(propertyNumber: number): Promise<number> {
    const sql = `SELECT count() AS n FROM events FINAL WHERE property = {p0:UInt32}
SETTINGS do_not_merge_across_partitions_select_final = 1`;
    const { rows } = await this.engine.rows<{ n: number }>({ sql, params: { p0: propertyNumber } }, NO_TIME_LIMIT);
    return rows[0]?.n ?? 0;
  }

  /** Removes the rows of a property from the disk. A second time there is nothing to do. */
  async eraseProperty({ table }: OwnedTable, propertyNumber: number): Promise<void> {
    const sql = `ALTER TABLE ${table} DELETE WHERE property = ${propertyNumber} SETTINGS mutations_sync = 2`;
    await this.engine.execute({ sql, params: {} }, NO_TIME_LIMIT);
  }

  /** Removes the rows of runs or uploads from the disk. A second time there is nothing to do. */
  async eraseOwned({ table, owner }: OwnedTable, ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const some = ids.slice(at, at + IDS_AT_ONCE);
      if (!some.every((id) => /^\w+$/.test(id))) throw new RangeError('Not an id of a run or an upload');
      // ClickHouse: a mutation keeps its text, so the ids stand in it.
      const sql = `ALTER TABLE ${table} DELETE WHERE ${owner} IN ('${some.join("', '")}') SETTINGS mutations_sync = 2`;
      await this.engine.execute({ sql, params: {} }, NO_TIME_LIMIT);
    }
  }
}
