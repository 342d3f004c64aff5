import { csvFormat, refuseCsvParameters } from '../../bodies/csv-query.dto.js';
import type { Encoding } from '../../bodies/body-text.js';
import type { CsvParameters, CsvShape } from '../../core/ingest/csv-columns.js';
import { CsvScanner } from '../../core/ingest/csv-scanner.js';
import type { CellForm } from '../../core/ingest/csv-table.js';
import { Failure, invalidParameter } from '../../core/failure.js';
import type { EventsQuery, IngestQuery, UsersQuery } from './ingest-query.dto.js';

/** How a CSV body is to be read. */
export interface CsvBody {
  readonly encoding: Encoding;
  readonly columns: CsvParameters;
  readonly cells: CellForm;
  readonly shape: CsvShape;
}

const EVENT_SHAPE: CsvShape = {
  fields: [
    { name: 'user', isRequired: true },
    { name: 'event', isRequired: true },
    { name: 'time', isRequired: true },
    { name: 'id', isRequired: false },
  ],
  constantParameters: { event: 'event_name' },
};

const USER_SHAPE: CsvShape = {
  fields: [
    { name: 'user', isRequired: true },
    { name: 'registered_at', isRequired: false },
  ],
  constantParameters: {},
};

/** @throws Failure invalid_parameter */
export function csvOfEvents(query: EventsQuery): CsvBody {
  const { user, event, time, id, event_name: name } = query;
  if (event !== undefined && name !== undefined)
    throw invalidParameter(
      'event_name',
      'event_name is for a body without a column of event names: give it, or event=, not both.',
    );
  if (name === '') throw invalidParameter('event_name', 'event_name must be a text of 1 to 200 characters.');
  return csvBody(query, EVENT_SHAPE, { user, event, time, id }, { event: name });
}

/** @throws Failure invalid_parameter */
export function csvOfUsers(query: UsersQuery): CsvBody {
  const { user, registered_at } = query;
  return csvBody(query, USER_SHAPE, { user, registered_at }, {});
}

/** @throws Failure invalid_parameter for a parameter of CSV beside another body */
export function refuseCsvQuery(query: IngestQuery, { shape, columns }: CsvBody): void {
  const { decimal, number, boolean, ignore } = query;
  const constants = Object.entries(shape.constantParameters).map(([field, name]): [string, string | undefined] => [
    name,
    columns.constants[field],
  ]);
  const own = { decimal, number, boolean, ignore, ...Object.fromEntries(constants), ...columns.fields };
  refuseCsvParameters(query, own);
}

function csvBody(
  query: IngestQuery,
  shape: CsvShape,
  fields: CsvParameters['fields'],
  constants: CsvParameters['constants'],
): CsvBody {
  const { encoding, delimiter, isEscaped } = csvFormat(query);
  return {
    encoding,
    columns: {
      delimiter,
      fields,
      constants,
      number: listOf(query.number, 'number'),
      boolean: listOf(query.boolean, 'boolean'),
      ignore: listOf(query.ignore, 'ignore'),
    },
    cells: { hasCommaDecimals: query.decimal === 'comma', isEscaped },
    shape,
  };
}

/** Names with commas between them, as a line of CSV writes them: one that holds a comma stands in quotes. */
function listOf(text: string | undefined, parameter: string): string[] {
  if (text === undefined) return [];
  const names: string[] = [];
  const scanner = new CsvScanner('comma', Infinity, {
    row: (row) => names.push(...row.texts()),
    tooLong: () => undefined,
  });
  try {
    scanner.push(Buffer.from(text));
    scanner.finish();
  } catch (error) {
    if (error instanceof Failure) throw invalidParameter(parameter, `${parameter} has a quote that is never closed.`);
    throw error;
  }
  return names.filter((name) => name.trim() !== '');
}
