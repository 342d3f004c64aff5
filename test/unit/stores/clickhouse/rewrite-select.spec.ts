import { fileSelect } from '../../../../src/stores/clickhouse/embedded/rewrite-select.js';

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
