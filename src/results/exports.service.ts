import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../access/key-slots.service.js';
import { invalidParameter } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { closeUnread, connectionClosed, setIdleLimit } from '../platform/http/connections.js';
import type { CsvStyle } from '../sql/export/csv-sql.js';
import type { ExportFormat, ExportOptions } from '../stores/clickhouse/export-store.js';
import { FORMATS, formatOf, type Format } from './export-format.js';
import { DELIMITERS, type ExportQuery, type ListExportQuery } from './export-query.dto.js';

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'ndjson',
  csv: 'csv',
  parquet: 'parquet',
  arrow: 'arrows',
};

/** What of a query is for CSV alone. */
const OF_CSV = ['escape', 'excel', 'delimiter', 'decimal'] as const;

/** A call that is answered with a whole result, by a file of `name`. */
export interface ExportCall {
  readonly format: ExportFormat;
  readonly query: ExportQuery;
  readonly reply: FastifyReply;
  readonly name: string;
}

/**
 * Responses with whole results: the format that a call requests, how many downloads there may be at once, and readers
 * who do not read.
 */
@Injectable()
export class Exports {
  constructor(
    private readonly config: Config,
    private readonly slots: KeySlots,
  ) {}

  /**
   * The format that a call requests, by its query or else its Accept header.
   * @throws Failure not_acceptable, and invalid_parameter for what the format does not have
   */
  requestedFormat(
    query: ExportQuery & Partial<ListExportQuery>,
    accept: string | undefined,
    reply: FastifyReply,
  ): Format {
    reply.header('vary', 'accept');
    const format = query.format ?? formatOf(accept);
    const ofCsv = OF_CSV.find((name) => query[name] !== undefined);
    if (format !== 'csv' && ofCsv !== undefined)
      throw invalidParameter(
        ofCsv,
        `${ofCsv} is for CSV; every other format leaves texts and numbers as they are. Leave it out, or send format=csv.`,
      );
    const paging = (['limit', 'cursor'] as const).find((name) => query[name] !== undefined);
    // A file holds everything: a limit would be ignored without a word.
    if (format !== 'json' && paging !== undefined)
      throw invalidParameter(
        paging,
        `${paging} is for pages of JSON; every other format holds all of the list. Leave it out, or send format=json.`,
      );
    return format;
  }

  /**
   * What `make` makes, with the name that a browser gives its file. HEAD makes nothing.
   * @throws Failure too_many_exports, and what `make` throws
   */
  async answer(call: ExportCall, make: (options: ExportOptions) => Promise<Readable>): Promise<StreamableFile> {
    const { format, query, reply, name } = call;
    const stream = reply.request.method === 'HEAD' ? Readable.from([]) : await this.made(call, make);
    const type =
      format === 'csv'
        ? `${FORMATS.csv}; charset=utf-8; header=present${query.delimiter === 'tab' ? '; delimiter=tab' : ''}`
        : FORMATS[format];
    return new StreamableFile(stream, { type, disposition: `attachment; filename="${name}.${EXTENSIONS[format]}"` });
  }

  private async made({ format, query, reply }: ExportCall, make: (options: ExportOptions) => Promise<Readable>) {
    this.slots.hold('export', reply);
    // The embedded engine has written all of an export before its first byte leaves.
    setIdleLimit(reply, 0);
    const stream = await make({ format, csv: csvStyle(query), signal: connectionClosed(reply) });
    closeUnread(reply, this.config.exportIdleMs);
    return stream;
  }
}

function csvStyle({ escape, excel, delimiter, decimal }: ExportQuery): CsvStyle {
  return {
    delimiter: DELIMITERS[delimiter ?? 'comma'],
    decimal: decimal === 'comma' ? ',' : '.',
    escapesFormulas: escape !== 'none',
    isForSpreadsheet: excel === 'true',
  };
}
