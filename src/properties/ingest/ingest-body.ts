import type { FastifyRequest } from 'fastify';
import type { Splitter } from '../../bodies/batches.js';
import type { BodyBounds } from '../../bodies/body-bytes.js';
import { bodyText, type Encoding } from '../../bodies/body-text.js';
import { ArraySplitter, LineSplitter } from '../../bodies/item-splitters.js';
import { Failure, invalidParameter } from '../../core/failure.js';
import { unescapedFormula } from '../../core/formula.js';
import { BodyNotes } from '../../core/ingest/body-notes.js';
import { csvColumns } from '../../core/ingest/csv-columns.js';
import { CsvScanner, type CsvRow, type CsvSink } from '../../core/ingest/csv-scanner.js';
import { CsvTable } from '../../core/ingest/csv-table.js';
import type { FaultGroups } from '../../core/ingest/item-faults.js';
import type { ItemForm } from '../../core/ingest/item-readers.js';
import { ITEM_LIMITS } from '../../core/ingest/rejection.js';
import { LocalClock } from '../../core/time/local-clock.js';
import { DAY_MS } from '../../core/time/utc-day.js';
import { parseTimeZone } from '../../core/time/zone.js';
import { isGzip, rawBodyOf } from '../../platform/http/raw-body.js';
import { refuseCsvQuery, type CsvBody } from './csv-parameters.js';
import type { IngestQuery } from './ingest-query.dto.js';
import type { ItemCollector, RowBatch } from './item-collector.js';

/** Rejected items that a refused array tells of. */
const MAX_LISTED = 100;

/** A body of items, to be read once: its pieces, and what cuts them into items, by the form of the body. */
export interface IngestBody {
  readonly pieces: AsyncIterable<Buffer> | Iterable<Buffer>;
  splitter(collector: ItemCollector<RowBatch>): Splitter;
}

/**
 * The body of a request to a route marked with `RawBody`, which has refused other media types.
 *
 * @throws Failure invalid_parameter for a parameter that the form of the body does not have, such as `strict` with a
 * stream, which is stored batch by batch as it comes
 */
export function ingestBody(request: FastifyRequest, query: IngestQuery, csv: CsvBody, bounds: BodyBounds): IngestBody {
  const { mediaType, body } = rawBodyOf(request);
  const isStrict = query.strict === 'true';
  const isCsv = mediaType === 'text/csv';
  if (!isCsv) refuseCsvQuery(query, csv);
  if (isCsv && query.nested !== undefined)
    throw invalidParameter('nested', 'nested is for JSON and NDJSON: CSV has no objects. Leave it out.');
  if (Buffer.isBuffer(body))
    return { pieces: [body], splitter: (to) => (isStrict ? new StrictArray(to) : new ArraySplitter(to)) };
  if (isStrict)
    throw invalidParameter(
      'strict',
      'strict=true is for JSON arrays: a stream is stored batch by batch as it comes. Leave it out or send an array.',
    );
  const pieces = (encoding: Encoding) => bodyText({ source: body, isGzip: isGzip(request) }, encoding, bounds);
  return isCsv
    ? { pieces: pieces(csv.encoding), splitter: (to) => tableSplitter(to, csv) }
    : { pieces: pieces('utf-8'), splitter: (to) => new LineSplitter(to) };
}

/**
 * How the query says that items are written. `dateZone`: where a date without a time is its day's first instant, unless
 * `assume_zone` says otherwise; null: dates are refused.
 *
 * @throws Failure invalid_parameter
 */
export function requestedForm(
  { time_format: format = 'rfc3339', assume_zone, nested = 'reject' }: IngestQuery,
  dateZone: string | null,
  refusedUsers: readonly string[],
): ItemForm {
  if (assume_zone !== undefined && format !== 'rfc3339')
    throw invalidParameter(
      'assume_zone',
      'assume_zone is for times that are written out: numbers count from one instant everywhere. Leave it out.',
    );
  const zone = assume_zone === undefined ? null : zoneOf(assume_zone);
  const clock = zone === null ? null : new LocalClock(zone);
  const dateClock = dateZone === null ? null : (clock ?? new LocalClock(dateZone));
  return {
    latestMs: Date.now() + DAY_MS,
    times: { format, clock, dateClock },
    nested,
    refusedUsers: new Set(refusedUsers),
    notes: new BodyNotes(),
  };
}

function zoneOf(name: string): string {
  try {
    return parseTimeZone(name, '');
  } catch (error) {
    if (error instanceof Failure) throw invalidParameter('assume_zone', error.detail);
    throw error;
  }
}

/** All items of an array or none. */
export class StrictArray extends ArraySplitter {
  constructor(private readonly collector: ItemCollector<RowBatch>) {
    super(collector);
  }

  /** @throws Failure strict_batch_rejected when an item was rejected, with pointers into the array */
  override finish(): void {
    refuseAnyRejected(this.collector.rejected);
  }
}

function refuseAnyRejected(rejected: FaultGroups): void {
  if (rejected.items === 0) return;
  const { errors, errors_omitted: unlisted = 0 } = rejected.report();
  const places = errors
    .flatMap(({ indexes, pointer, code, detail }) => indexes.map((index) => ({ index, pointer, code, detail })))
    .toSorted((a, b) => a.index - b.index);
  const listed = places
    .slice(0, MAX_LISTED)
    .map(({ index, pointer, code, detail }) => ({ pointer: `/${index}${pointer}`, code, detail }));
  const omitted = unlisted + places.length - listed.length;
  const what = rejected.items === 1 ? 'One item is' : `${rejected.items} items are`;
  throw new Failure('strict_batch_rejected', `${what} not valid, so nothing was stored.`, listed, {
    rejected: rejected.items,
    ...(omitted > 0 && { errors_omitted: omitted }),
  });
}

/**
 * Cuts CSV with a header, which is the first row that is not blank, into items. Blank rows are none; a bad one is a
 * rejected item.
 */
export function tableSplitter(collector: ItemCollector<RowBatch>, csv: CsvBody): CsvScanner {
  return new CsvScanner(csv.columns.delimiter, ITEM_LIMITS.itemBytes, new TableRows(collector, csv));
}

class TableRows implements CsvSink {
  #table: CsvTable | undefined;

  constructor(
    private readonly collector: ItemCollector<RowBatch>,
    private readonly csv: CsvBody,
  ) {}

  /** @throws Failure invalid_field, invalid_parameter for the header */
  row(row: CsvRow): void {
    if (row.isBlank) return;
    if (this.#table === undefined) this.#table = this.#open(row);
    else if (row.count === this.#table.columns.count) this.collector.takeRow(row, this.#table);
    else this.collector.refuse('wrong_cell_count');
  }

  tooLong(): void {
    if (this.#table !== undefined) return this.collector.refuse('item_too_long');
    throw new Failure('body_too_large', `The header has more than ${ITEM_LIMITS.itemBytes} bytes. Is it CSV?`);
  }

  #open(row: CsvRow): CsvTable {
    const { columns: requested, cells, shape } = this.csv;
    const titles = cells.isEscaped ? row.texts().map(unescapedFormula) : row.texts();
    const columns = csvColumns(titles, requested, shape);
    const constants = shape.fields.map(({ name }) => requested.constants[name]);
    return new CsvTable(columns, constants, cells, this.collector.notes);
  }
}
