import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { formatInstant } from '../core/time/instant.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { ParamList } from '../sql/compiled-query.js';
import type { DataScope } from '../sql/data-scope.js';
import { compileListPage, type ListColumn, type PagedList } from '../sql/export/compile-list.js';
import { Engine, type EngineOptions } from '../stores/clickhouse/engine.js';
import type { ExportOptions } from '../stores/clickhouse/export-store.js';
import { PreviewSlots } from '../stores/limits/preview-slots.js';
import { DEFAULT_LIMIT, type ListExportQuery } from './export-query.dto.js';
import { ExportStreams } from './export-streams.service.js';

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>> & { readonly list_place: readonly string[] };

/** Lists that are made of the events as they are when somebody asks. Nothing of them is stored. */
@Injectable()
export class LiveLists {
  constructor(
    private readonly ledger: IngestLedger,
    private readonly engine: Engine,
    private readonly streams: ExportStreams,
    private readonly slots: PreviewSlots,
  ) {}

  /**
   * Reads the data of a property while the caller waits: null where the caller is gone.
   * @throws Failure time_limit_exceeded, too_many_previews, and what `work` throws
   */
  async read<T>(
    property: PropertyEntity,
    gone: AbortSignal,
    advice: string,
    work: (scope: DataScope, options: EngineOptions) => Promise<T>,
  ): Promise<T | null> {
    return await this.slots.run(gone, advice, (bounds) =>
      this.ledger.readWhole(property.id, (dataVersion) =>
        work(scopeOf(property, dataVersion), { marker: `preview:${randomUUID()}`, ...bounds }),
      ),
    );
  }

  /**
   * A page whose rows are `T`, with instants as RFC 3339.
   * @throws Failure invalid_parameter for a cursor of another list, and what `Engine` throws
   */
  async page<T>(
    list: PagedList,
    { limit = DEFAULT_LIMIT, cursor }: Pick<ListExportQuery, 'limit' | 'cursor'>,
    options: EngineOptions,
  ): Promise<Page<T>> {
    const query = compileListPage(list, decodeCursor(cursor, list.keys), limit + 1, new ParamList());
    const { rows } = await this.engine.rows<Row>(query, options);
    const page = pageOf(rows, limit, ({ list_place: place }) => Object.values(place));
    return page.map((row) => shown(row, list.columns) as T);
  }

  /** All of a list, in a format of exports. */
  async whole(
    property: PropertyEntity,
    make: (scope: DataScope) => PagedList,
    options: ExportOptions,
  ): Promise<Readable> {
    return await this.ledger.readWhole(property.id, (dataVersion) =>
      this.streams.list(make(scopeOf(property, dataVersion)), options),
    );
  }
}

function scopeOf({ number: propertyNumber }: PropertyEntity, dataVersion: number): DataScope {
  return { propertyNumber, dataVersion, asOfMs: Date.now() };
}

function shown(row: Row, columns: readonly ListColumn[]): Readonly<Record<string, Cell>> {
  const cells = columns.map(({ name, type }): [string, Cell] => {
    const cell = row[name] ?? null;
    return [name, type === 'instant' && typeof cell === 'number' ? formatInstant(cell) : cell];
  });
  return Object.fromEntries(cells);
}
