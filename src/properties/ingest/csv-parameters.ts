import type { CsvParameters, CsvShape } from '../../core/ingest/csv-columns.js';
import { CsvScanner } from '../../core/ingest/csv-scanner.js';
import type { CellForm } from '../../core/ingest/csv-table.js';
import { Failure } from '../../core/failure.js';
import { refuse } from './requested-form.js';
import type { CsvQuery, EventsQuery, UsersQuery } from './csv-query.dto.js';
import type { Encoding } from './decoded.js';

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

/** Parameters that say something of CSV alone. */
const OF_CSV = ['delimiter', 'decimal', 'encoding', 'escape', 'number', 'boolean', 'ignore', 'event_name'] as const;

/** @throws Failure invalid_parameter */
export function csvOfEvents(query: EventsQuery): CsvBody {
  const { user, event, time, id, event_name: name } = query;
  if (event !== undefined && name !== undefined)
    refuse('event_name', 'event_name is for a body without a column of event names: give it, or event=, not both.');
  if (name === '') refuse('event_name', 'event_name must be a text of 1 to 200 characters.');
  return csvBody(query, EVENT_SHAPE, { user, event, time, id }, { event: name });
}

/** @throws Failure invalid_parameter */
export function csvOfUsers(query: UsersQuery): CsvBody {
  const { user, registered_at } = query;
  return csvBody(query, USER_SHAPE, { user, registered_at }, {});
}

/** The name of a parameter of CSV that the query of another body has; undefined: it has none. */
export function csvParameter(query: CsvQuery, fields: readonly string[]): string | undefined {
  const given = query as unknown as Readonly<Record<string, unknown>>;
  return [...OF_CSV, ...fields].find((name) => given[name] !== undefined);
}

function csvBody(
  query: CsvQuery,
  shape: CsvShape,
  fields: CsvParameters['fields'],
  constants: CsvParameters['constants'],
): CsvBody {
  return {
    encoding: query.encoding ?? 'utf-8',
    columns: {
      delimiter: query.delimiter ?? 'comma',
      fields,
      constants,
      number: listOf(query.number, 'number'),
      boolean: listOf(query.boolean, 'boolean'),
      ignore: listOf(query.ignore, 'ignore'),
    },
    cells: { hasCommaDecimals: query.decimal === 'comma', isEscaped: query.escape !== 'none' },
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
    if (error instanceof Failure) refuse(parameter, `${parameter} has a quote that is never closed.`);
    throw error;
  }
  return names.filter((name) => name.trim() !== '');
}
