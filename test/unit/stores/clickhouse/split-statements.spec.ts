import { splitStatements } from '../../../../src/stores/clickhouse/migrate.js';

describe('splitStatements', () => {
  it('splits at semicolons that are syntax', () => {
    const sql = `-- one; two
CREATE TABLE a (x String COMMENT 'it''s; \\'here\\';') /* ; */ ENGINE = Memory;
CREATE TABLE \`b;\` (y Int8) ENGINE = Memory -- no semicolon; at the end`;
    expect(splitStatements(sql)).toEqual([
      "-- one; two\nCREATE TABLE a (x String COMMENT 'it''s; \\'here\\';') /* ; */ ENGINE = Memory",
      'CREATE TABLE `b;` (y Int8) ENGINE = Memory -- no semicolon; at the end',
    ]);
  });

  it('finds none in comments and blanks', () => {
    expect(splitStatements('-- nothing\n;; /* nothing */ ;')).toEqual([]);
  });
});
