import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers beyond a bound stand apart from the row of their run, in chunks that are read and sent one by one; those that are stored already are moved. */
export class AnswerChunks1795400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  /** An older program reads answers from the rows of runs alone: those that stand apart go, with their requests. */
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/** As `INLINE_BYTES` in src/core/request/result-chunks.ts. */
const INLINE_BYTES = 262_144;
const IS_LARGE = `result IS NOT NULL AND octet_length(result::text) > ${INLINE_BYTES}`;
/** Of a point with a hundred aggregates of five columns these are 250 kB. */
const ITEMS_OF_A_CHUNK = 50;

/** Items by run, numbered from 1: the columns run_id, attempt, item, i. */
const ITEMS = {
  aggregates: `SELECT id AS run_id, attempt, result -> 'aggregates' AS item, 1::bigint AS i FROM large`,
  series: `SELECT id AS run_id, attempt, item, i FROM large, json_array_elements(result -> 'series') WITH ORDINALITY AS of (item, i)
    WHERE json_typeof(result -> 'series') = 'array'`,
  breakdown: `SELECT id AS run_id, attempt, i, json_build_object('by', item -> 'by', 'group', item -> 'group', 'aggregates', item -> 'aggregates') AS item
    FROM large, json_array_elements(result -> 'breakdown') WITH ORDINALITY AS of (item, i)
    WHERE json_typeof(result -> 'breakdown') = 'array'`,
  'breakdown/series': `SELECT id AS run_id, attempt, point AS item, row_number() OVER (PARTITION BY id ORDER BY g, p) AS i
    FROM large, json_array_elements(result -> 'breakdown') WITH ORDINALITY AS groups (item, g),
      json_array_elements(item -> 'series') WITH ORDINALITY AS points (point, p)
    WHERE json_typeof(result -> 'breakdown') = 'array' AND json_typeof(result -> 'series') = 'array'`,
};

/** One item a line; a chunk that is not the last ends with the end of its last line. */
function moved(part: string, items: string): string {
  return `INSERT INTO answer_chunks (run_id, attempt, part, number, content)
    WITH large AS (SELECT * FROM runs WHERE ${IS_LARGE}),
      items AS (${items}),
      chunks AS (SELECT run_id, attempt, (i - 1) / ${ITEMS_OF_A_CHUNK} AS number, string_agg(replace(item::text, E'\\n', ' '), E'\\n' ORDER BY i) AS content
        FROM items GROUP BY 1, 2, 3)
    SELECT run_id, attempt, '${part}', number,
      CASE WHEN number = max(number) OVER (PARTITION BY run_id) THEN content ELSE content || E'\\n' END
    FROM chunks`;
}

/** Null where there is none. */
function lengthOf(part: string): string {
  return `CASE WHEN json_typeof(result -> '${part}') = 'array' THEN json_array_length(result -> '${part}') END`;
}

const UP = [
  'ALTER TABLE runs ADD COLUMN result_bytes integer, ADD COLUMN result_chunks json',
  `CREATE TABLE answer_chunks (
    run_id text NOT NULL,
    attempt integer NOT NULL,
    part text NOT NULL,
    number integer NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (run_id, attempt, part, number),
    CONSTRAINT answer_chunks_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
  )`,
  'UPDATE runs SET result_bytes = octet_length(result::text) WHERE result IS NOT NULL',
  ...Object.entries(ITEMS).map(([part, items]) => moved(part, items)),
  `UPDATE runs SET
    result_chunks = (SELECT json_object_agg(part, json_build_object('items', items, 'chunks', (
        SELECT count(*) FROM answer_chunks WHERE run_id = runs.id AND answer_chunks.part = parts.part)))
      FROM (VALUES ('aggregates', 1), ('series', ${lengthOf('series')}), ('breakdown', ${lengthOf('breakdown')}),
        ('breakdown/series', ${lengthOf('breakdown')} * ${lengthOf('series')})) AS parts (part, items)
      WHERE items IS NOT NULL),
    result = json_build_object('columns', result -> 'columns',
      'aggregates', (SELECT json_object_agg(key, json_build_object('n', value -> 'n', 'n_undefined', value -> 'n_undefined', 'undefined', value -> 'undefined'))
        FROM json_each(result -> 'aggregates')),
      'series', NULL, 'breakdown', NULL, 'cohort_size', result -> 'cohort_size', 'observed_to', result -> 'observed_to',
      'warnings', result -> 'warnings', 'attempt', result -> 'attempt', 'timings', result -> 'timings')
  WHERE ${IS_LARGE}`,
];

const DOWN = [
  'DELETE FROM requests USING runs WHERE runs.id = run_id AND result_chunks IS NOT NULL',
  'DELETE FROM runs WHERE result_chunks IS NOT NULL',
  'DROP TABLE answer_chunks',
  'ALTER TABLE runs DROP COLUMN result_bytes, DROP COLUMN result_chunks',
];
