import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Page } from '../platform/http/page.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { ExportedList } from '../sql/export/compile-list.js';
import type { EngineOptions } from '../stores/clickhouse/engine.js';
import type { ExportOptions } from '../stores/clickhouse/export-store.js';
import { PreviewSlots } from '../stores/limits/preview-slots.js';
import type { ListExportQuery } from './export-query.dto.js';
import { ExportStreams } from './export-streams.service.js';
import { ListPages } from './list-pages.service.js';

/** Which data a list is of: those of one property, up to a data version and an instant. */
export interface LiveScope {
  readonly propertyNumber: number;
  readonly dataVersion: number;
  readonly asOfMs: number;
}

/** A list, and how many texts its order is a tuple of. */
export interface LiveList {
  readonly list: ExportedList;
  readonly keys: number;
}

/** Lists that are made of the events as they are when somebody asks. Nothing of them is stored. */
@Injectable()
export class LiveLists {
  constructor(
    private readonly ledger: IngestLedger,
    private readonly pages: ListPages,
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
    work: (scope: LiveScope, options: EngineOptions) => Promise<T>,
  ): Promise<T | null> {
    return await this.slots.run(gone, advice, (bounds) =>
      this.ledger.readWhole(property.id, (dataVersion) =>
        work(scopeOf(property, dataVersion), { marker: `preview:${randomUUID()}`, ...bounds }),
      ),
    );
  }

  /** A page whose rows are `T`. @throws Failure invalid_parameter for a cursor of another list */
  async page<T>(
    { list, keys }: LiveList,
    query: Pick<ListExportQuery, 'limit' | 'cursor'>,
    options: EngineOptions,
  ): Promise<Page<T>> {
    return (await this.pages.page(list, keys, query, options)) as Page<unknown> as Page<T>;
  }

  /** All of a list, in a format of exports. */
  async whole(
    property: PropertyEntity,
    make: (scope: LiveScope) => LiveList,
    options: ExportOptions,
  ): Promise<Readable> {
    return await this.ledger.readWhole(property.id, (dataVersion) =>
      this.streams.list(make(scopeOf(property, dataVersion)).list, options),
    );
  }
}

function scopeOf({ number: propertyNumber }: PropertyEntity, dataVersion: number): LiveScope {
  return { propertyNumber, dataVersion, asOfMs: Date.now() };
}
