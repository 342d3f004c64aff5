import { Injectable } from '@nestjs/common';
import { formatInstant } from '../core/time/instant.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import { ParamList } from '../sql/compiled-query.js';
import { compileListPage, type ExportedList } from '../sql/export/compile-list.js';
import { Engine, type EngineOptions } from '../stores/clickhouse/engine.js';
import { DEFAULT_LIMIT, type ListExportQuery } from './export-query.dto.js';

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>> & { readonly list_place: readonly string[] };

/** Pages of the lists that the engine makes. */
@Injectable()
export class ListPages {
  constructor(private readonly engine: Engine) {}

  /**
   * A page of a list whose order is a tuple of `keys` texts; instants as RFC 3339.
   * @throws Failure invalid_parameter for a cursor of another list, and what `Engine` throws
   */
  async page(
    list: ExportedList,
    keys: number,
    { limit = DEFAULT_LIMIT, cursor }: Pick<ListExportQuery, 'limit' | 'cursor'>,
    options: EngineOptions,
  ): Promise<Page<Readonly<Record<string, Cell>>>> {
    const query = compileListPage(list, decodeCursor(cursor, keys), limit + 1, new ParamList());
    const { rows } = await this.engine.rows<Row>(query, options);
    return pageOf(rows, limit, ({ list_place: place }) => Object.values(place)).map((row) =>
      Object.fromEntries(list.columns.map(({ name, type }) => [name, shown(type, row[name] ?? null)])),
    );
  }
}

function shown(type: ExportedList['columns'][number]['type'], cell: Cell): Cell {
  return type === 'instant' && typeof cell === 'number' ? formatInstant(cell) : cell;
}
