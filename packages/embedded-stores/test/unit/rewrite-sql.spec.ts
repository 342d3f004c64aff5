import { bodyInsert, fileSelect, isInsertSelect } from '../../src/engine/rewrite-sql.js';

const fromFile = (sql: string): string | undefined => bodyInsert(sql)?.fromFile('/d/x');

describe('an INSERT whose rows come in the body', () => {
  it.each([
    ['INSERT INTO t FORMAT CSV', "INSERT INTO t FROM INFILE '/d/x' FORMAT CSV"],
    [
      'insert into table t (a, b) format JSONEachRow',
      "insert into table t (a, b) FROM INFILE '/d/x' format JSONEachRow",
    ],
    [
      'INSERT INTO d.`t (1)` (`a)`, "b") FORMAT TSV',
      'INSERT INTO d.`t (1)` (`a)`, "b") FROM INFILE \'/d/x\' FORMAT TSV',
    ],
    ['INSERT INTO t (* EXCEPT (a)) FORMAT TSV', "INSERT INTO t (* EXCEPT (a)) FROM INFILE '/d/x' FORMAT TSV"],
    ['INSERT INTO t (a) SETTINGS x = 1 FORMAT TSV', "INSERT INTO t (a) FROM INFILE '/d/x' SETTINGS x = 1 FORMAT TSV"],
    [
      '/* a; b */ INSERT INTO t -- FORMAT x\nFORMAT TSV ;\n',
      "/* a; b */ INSERT INTO t FROM INFILE '/d/x' -- FORMAT x\nFORMAT TSV",
    ],
  ])('%s reads a file', (sql, expected) => {
    expect(fromFile(sql)).toBe(expected);
  });

  it.each([
    [
      "INSERT INTO t (a) SELECT line FROM input('line String') FORMAT LineAsString",
      "INSERT INTO t (a) SELECT line FROM file('/d/x', 'LineAsString', 'line String') ",
    ],
    [
      "/* m */ INSERT INTO t SELECT 'input(''a String'')', input FROM input ( 'a String, b Map(String, String) DEFAULT \\'x\\'' ) WHERE a != ')' SETTINGS max_threads = 1 FORMAT TSV",
      "/* m */ INSERT INTO t SELECT 'input(''a String'')', input FROM file('/d/x', 'TSV', 'a String, b Map(String, String) DEFAULT \\'x\\'') WHERE a != ')' SETTINGS max_threads = 1 ",
    ],
  ])('%s reads file()', (sql, expected) => {
    expect(fromFile(sql)).toBe(expected);
  });

  it('escapes the path', () => {
    expect(bodyInsert('INSERT INTO t FORMAT TSV')?.fromFile("/it's\\x")).toBe(
      "INSERT INTO t FROM INFILE '/it\\'s\\\\x' FORMAT TSV",
    );
  });

  it.each([
    'SELECT 1 FORMAT TSV',
    'INSERT INTO t VALUES (1)',
    'INSERT INTO t SELECT * FROM u',
    'INSERT INTO t SELECT * FROM u FORMAT TSV',
    "INSERT INTO t FROM INFILE '/x' FORMAT TSV",
    'INSERT INTO t FORMAT JSONEachRow {"a": 1}',
    "INSERT INTO t SELECT 'FORMAT TSV'",
    '',
    '/* never closed INSERT INTO t FORMAT TSV',
  ])('%s is not one', (sql) => {
    expect(bodyInsert(sql)).toBeNull();
  });
});

describe('isInsertSelect', () => {
  it.each([
    ['/* m */ INSERT INTO t SELECT 1', true],
    ['INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x', true],
    ["INSERT INTO t VALUES ('SELECT')", false],
    ['INSERT INTO t FORMAT TSV SELECT', false],
    ['SELECT 1', false],
    ['-- INSERT\nSELECT 1', false],
    ['', false],
  ])('%s: %s', (sql, expected) => {
    expect(isInsertSelect(sql)).toBe(expected);
  });
});

describe('fileSelect', () => {
  it.each([
    ['SELECT 1 FORMAT Parquet', "INSERT INTO FUNCTION file('/s/x', 'Parquet') SELECT 1 "],
    [
      "SELECT ' FORMAT CSV' SETTINGS a = 1\nformat RawBLOB;",
      "INSERT INTO FUNCTION file('/s/x', 'RawBLOB') SELECT ' FORMAT CSV' SETTINGS a = 1\n",
    ],
  ])('writes the answer of %j to a file', (sql, statement) => {
    expect(fileSelect(sql)?.intoFile('/s/x')).toBe(statement);
  });

  it.each(['SELECT 1', "SELECT ' FORMAT CSV'", 'SELECT 1 -- FORMAT CSV', 'SELECT format(CSV)', ''])(
    'leaves %j alone',
    (sql) => {
      expect(fileSelect(sql)).toBeNull();
    },
  );
});
