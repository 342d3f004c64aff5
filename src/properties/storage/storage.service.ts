import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Engine } from '../../stores/clickhouse/engine.js';
import type { StorageDto, StoredKindDto } from './storage.dto.js';

/**
 * Rows of the database by property, with the bytes of what may be large in them; `users`: rows of the engine that
 * belong to them.
 */
const IN_DATABASE = `
  SELECT property_id AS property, 'requests' AS kind, count(*)::float8 AS rows, 0::float8 AS bytes FROM requests
    WHERE property_id = ANY ($1) GROUP BY 1
  UNION ALL SELECT property_id, 'runs', count(*), coalesce(sum(pg_column_size(canonical)), 0) FROM runs WHERE property_id = ANY ($1) GROUP BY 1
  UNION ALL SELECT property_id, 'results', count(*), coalesce(sum(result_bytes), 0) FROM runs
    WHERE property_id = ANY ($1) AND state = 'succeeded' AND gone_at IS NULL GROUP BY 1
  UNION ALL SELECT property_id, 'evaluations', count(*), 0 FROM cohort_evaluations WHERE property_id = ANY ($1) GROUP BY 1
  UNION ALL SELECT property_id, 'cohort_versions', count(*), coalesce(sum(pg_column_size(definition)), 0)
    FROM cohort_versions JOIN cohorts ON cohorts.id = cohort_id WHERE property_id = ANY ($1) GROUP BY 1
  UNION ALL SELECT scope, 'idempotency_keys', count(*), coalesce(sum(pg_column_size(body)), 0) FROM idempotency_keys
    WHERE scope = ANY ($1) GROUP BY 1
  UNION ALL SELECT property_id, 'uploads', count(*), 0 FROM cohort_uploads WHERE property_id = ANY ($1) GROUP BY 1
  UNION ALL SELECT property_id, 'usage_counts', count(*), coalesce(sum(pg_column_size(usage_counts.*)), 0) FROM usage_counts WHERE property_id = ANY ($1) GROUP BY 1
  UNION ALL SELECT property_id, 'usage_seen', count(*), coalesce(sum(pg_column_size(usage_seen.*)), 0) FROM usage_seen WHERE property_id = ANY ($1) GROUP BY 1`;

/** Runs by property whose rows are in the engine. */
const MEASURED = `SELECT id, property_id AS property FROM runs WHERE id = ANY ($1) AND property_id = ANY ($2)`;

/** Runs whose rows are counted at a time. */
const PAGE = 10_000;

/** Bytes of a table on the disk for each of its rows. */
const ROW_BYTES = `SELECT table, sum(bytes_on_disk) / greatest(sum(rows), 1) AS bytes FROM system.parts
WHERE database = currentDatabase() AND active GROUP BY table`;

/** By the number of the property. */
const IN_ENGINE = {
  events: 'SELECT property, count() AS rows FROM events WHERE property IN {numbers:Array(UInt32)} GROUP BY property',
  user_changes:
    'SELECT property, count() AS rows FROM user_changes WHERE property IN {numbers:Array(UInt32)} GROUP BY property',
  member_sets:
    'SELECT property, count() AS rows FROM member_sets WHERE property IN {numbers:Array(UInt32)} GROUP BY property',
} as const;

const KINDS = { events: 'events', user_changes: 'user_changes', member_sets: 'members' } as const;

interface Counted {
  readonly property: string;
  readonly kind: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Tells what the properties of an account take. */
@Injectable()
export class StorageService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
  ) {}

  /** `propertyIds`: of these properties of the account; null: of all. */
  async of(accountId: string, propertyIds: readonly string[] | null): Promise<StorageDto> {
    const properties: { id: string; slug: string; number: number }[] = await this.dataSource.query(
      'SELECT id, slug, number FROM properties WHERE account_id = $1 AND ($2::text[] IS NULL OR id = ANY ($2)) ORDER BY id',
      [accountId, propertyIds],
    );
    const ids = properties.map(({ id }) => id);
    const rowBytes = await this.rowBytes();
    const counted = [
      ...((await this.dataSource.query(IN_DATABASE, [ids])) as Counted[]),
      ...(await this.inEngine(properties, rowBytes)),
      ...(await this.userValues(ids, rowBytes.get('run_values') ?? 0)),
    ];
    const reported = properties.map(({ id, slug }) => {
      const kinds = added(counted.filter(({ property }) => property === id));
      return { id, slug, kinds, bytes: sumOf(kinds) };
    });
    const kinds = added(counted);
    return { properties: reported, kinds, bytes: sumOf(kinds) };
  }

  private async rowBytes(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.engine.rows<{ table: string; bytes: number }>({ sql: ROW_BYTES, params: {} });
    return new Map(rows.map(({ table, bytes }) => [table, bytes]));
  }

  private async inEngine(
    properties: readonly { readonly id: string; readonly number: number }[],
    rowBytes: ReadonlyMap<string, number>,
  ): Promise<Counted[]> {
    const counted: Counted[] = [];
    const params = { numbers: properties.map(({ number }) => number) };
    const idOf = new Map(properties.map(({ id, number }) => [number, id]));
    for (const table of ['events', 'user_changes', 'member_sets'] as const) {
      const { rows } = await this.engine.rows<{ property: number; rows: number }>({ sql: IN_ENGINE[table], params });
      for (const { property, rows: count } of rows)
        counted.push({
          property: idOf.get(property) ?? '',
          kind: KINDS[table],
          rows: count,
          bytes: count * (rowBytes.get(table) ?? 0),
        });
    }
    return counted;
  }

  /** The engine tells rows by run, the database whose each run is; page by page, however many there are. */
  private async userValues(propertyIds: readonly string[], rowBytes: number): Promise<Counted[]> {
    const sql = `SELECT run_id AS id, count() AS rows FROM run_values WHERE run_id > {after:String}
GROUP BY run_id ORDER BY run_id LIMIT ${PAGE} SETTINGS optimize_aggregation_in_order = 1`;
    const rowsOf = new Map<string, number>();
    for (let after: string | undefined = ''; after !== undefined;) {
      const { rows }: { rows: { id: string; rows: number }[] } = await this.engine.rows({ sql, params: { after } });
      const count = new Map(rows.map(({ id, rows: n }) => [id, n]));
      const owners: { id: string; property: string }[] = await this.dataSource.query(MEASURED, [
        [...count.keys()],
        propertyIds,
      ]);
      for (const { id, property } of owners) rowsOf.set(property, (rowsOf.get(property) ?? 0) + (count.get(id) ?? 0));
      after = rows.length < PAGE ? undefined : rows.at(-1)?.id;
    }
    return [...rowsOf].map(([property, rows]) => ({ property, kind: 'user_values', rows, bytes: rows * rowBytes }));
  }
}

function added(counted: readonly Counted[]): StoredKindDto[] {
  const kinds = new Map<string, StoredKindDto>();
  for (const { kind, rows, bytes } of counted) {
    const sum = kinds.get(kind) ?? { kind, rows: 0, bytes: 0 };
    kinds.set(kind, { kind, rows: sum.rows + rows, bytes: sum.bytes + Math.round(bytes) });
  }
  return [...kinds.values()].toSorted((a, b) => b.bytes - a.bytes || (a.kind < b.kind ? -1 : 1));
}

function sumOf(kinds: readonly StoredKindDto[]): number {
  return kinds.reduce((sum, { bytes }) => sum + bytes, 0);
}
