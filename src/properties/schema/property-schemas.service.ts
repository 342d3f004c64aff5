import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { MAX_EXAMPLES, type ValueName } from '../../core/ingest/batch-tally.js';
import {
  addUp,
  entriesOf,
  NO_SCHEMA,
  type PropertySchema,
  type SchemaEntry,
} from '../../core/schema/property-schema.js';
import { EventStore } from '../../stores/clickhouse/event-store.js';
import { UserStore } from '../../stores/clickhouse/user-store.js';
import type { LedgerState } from '../ledger/ledger-store.js';
import { IngestLedger } from '../ledger/ingest-ledger.service.js';
import { KEEP_SUM, KEPT_SUM, TALLIED, UNTALLIED } from '../ledger/ledger-sql.js';

/** Properties of which this process remembers the schema. */
const REMEMBERED = 200;
/** So many numbers later the sum is written down, so that it is not added up from the beginning again. */
const KEEP_AFTER = 500;

interface TalliedRow {
  readonly event: string | null;
  readonly key: string | null;
  readonly type: ValueName | null;
  readonly count: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly examples: (string | number | boolean)[][] | null;
  readonly is_whole: boolean;
}

/**
 * What the events and users of a property are made of (decisions/0027-what-has-come-in.md): the sum of what each batch
 * that counts has said when it came, so it is right at every data version, whatever is merged or taken back. A property
 * that has not moved costs one short read of PostgreSQL.
 */
@Injectable()
export class PropertySchemas {
  readonly #remembered = new LRUCache<string, PropertySchema>({ max: REMEMBERED });

  constructor(
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
    private readonly events: EventStore,
    private readonly users: UserStore,
  ) {}

  /** As of the data version of the moment; `state`: where the property stands, where that was just read. */
  async of(propertyId: string, state?: LedgerState): Promise<PropertySchema> {
    const { dataVersion, deletionSeq } = state ?? (await this.ledger.state(propertyId));
    const known = this.#remembered.get(propertyId);
    if (known?.dataVersion === dataVersion) return known;
    const isGrown = known !== undefined && known.dataVersion < dataVersion && deletionSeq <= known.dataVersion;
    const before = isGrown ? known : await this.kept(propertyId, dataVersion);
    const schema = await this.grown(propertyId, before, dataVersion);
    this.#remembered.set(propertyId, schema);
    return schema;
  }

  private async grown(propertyId: string, before: PropertySchema, dataVersion: number): Promise<PropertySchema> {
    const rows: TalliedRow[] = await this.database.query(TALLIED, [propertyId, before.dataVersion, dataVersion]);
    const isWhole = rows.every((row) => row.is_whole);
    const schema = addUp(before, rows.map(entryOf), dataVersion, isWhole);
    if (dataVersion - before.dataVersion >= KEEP_AFTER) await this.keep(propertyId, schema);
    return schema;
  }

  /** The sum that was written down; where there is none, what came before batches were counted. */
  private async kept(propertyId: string, dataVersion: number): Promise<PropertySchema> {
    const [kept]: { seq: string; entries: Kept }[] = await this.database.query(KEPT_SUM, [propertyId]);
    if (kept !== undefined && Number(kept.seq) <= dataVersion) {
      const { isWhole, list } = kept.entries;
      return addUp(NO_SCHEMA, list, Number(kept.seq), isWhole);
    }
    const [old]: { untallied_seq: string; number: number }[] = await this.database.query(UNTALLIED, [propertyId]);
    const untalliedSeq = Number(old?.untallied_seq ?? 0);
    if (old === undefined || untalliedSeq === 0) return NO_SCHEMA;
    const tallies = await Promise.all([
      this.events.tallyUpTo(old.number, untalliedSeq),
      this.users.tallyUpTo(old.number, untalliedSeq),
    ]);
    const list = tallies.flatMap(({ entries }) => entriesOf(entries, Date.now()));
    const schema = addUp(
      NO_SCHEMA,
      list,
      untalliedSeq,
      tallies.every(({ isWhole }) => isWhole),
    );
    await this.keep(propertyId, schema);
    return schema;
  }

  private async keep(propertyId: string, { dataVersion, entries, isWhole }: PropertySchema): Promise<void> {
    const kept: Kept = { isWhole, list: [...entries.values()] };
    await this.database.query(KEEP_SUM, [propertyId, dataVersion, JSON.stringify(kept)]);
  }
}

interface Kept {
  readonly isWhole: boolean;
  readonly list: readonly SchemaEntry[];
}

function entryOf({ event, key, type, count, first_ms: firstMs, last_ms: lastMs, examples }: TalliedRow): SchemaEntry {
  const values = [...new Set((examples ?? []).flat())].slice(0, MAX_EXAMPLES);
  return { event, key, type, count, firstMs, lastMs, examples: values };
}
