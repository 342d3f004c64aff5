import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import type { JsonValue } from '../../core/json.js';
import type { AnswerTable } from '../../results/answer-table.js';
import type { FieldType, TableField } from '../../sql/export/compile-list.js';
import type { ActiveUsersDto, ActiveUsersPointDto } from './active-users.dto.js';

type Row = ActiveUsersDto | ActiveUsersPointDto;

const SINGLE: readonly TableField[] = [field('as_of', 'instant'), field('data_version', 'integer')];
const POINT: readonly TableField[] = [
  field('from', 'instant'),
  field('to', 'instant'),
  field('label', 'text'),
  field('as_of', 'instant'),
  field('complete', 'boolean'),
];
const FIGURES = ['connected', 'ended_by_max', 'known_users', 'excluded_users'] as const;

/** Active users as a table: a row for each instant, with `<window>.users` and `<window>.new` for each window. */
export function activeUsersTable(kind: 'single' | 'history', rows: readonly Row[]): AnswerTable<Row> {
  const windows = rows[0]?.windows.map(({ window }) => window) ?? [];
  const keys = kind === 'single' ? SINGLE : POINT;
  return {
    items: inOnePiece(rows),
    fields: [
      ...keys,
      ...windows.flatMap((window) => [field(`${window}.users`, 'integer'), field(`${window}.new`, 'integer')]),
      ...FIGURES.map((name) => field(name, 'integer')),
    ],
    row: (item) => [...keys.map(({ name }) => keyOf(item, name)), ...cellsOf(item)],
  };
}

async function* inOnePiece(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield await Promise.resolve(rows);
}

function cellsOf(item: ActiveUsersFigures): JsonValue[] {
  return [...item.windows.flatMap(({ users, new: isNew }) => [users, isNew]), ...FIGURES.map((name) => item[name])];
}

function keyOf(item: Row, name: string): JsonValue {
  return Object.hasOwn(item, name) ? ((item as unknown as Readonly<Record<string, JsonValue>>)[name] ?? null) : null;
}

function field(name: string, type: FieldType): TableField {
  return { name, type, byKey: false };
}
