import { formatOf } from '../../../src/results/export-format.js';

describe('formatOf', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/csv', 'csv'],
    ['Text/CSV; charset=utf-8', 'csv'],
    ['application/x-ndjson', 'ndjson'],
    ['application/jsonl', 'ndjson'],
    ['application/json;q=0.5, text/csv', 'csv'],
    ['text/csv;q=0.5, application/x-ndjson;q=0.9, */*;q=0.1', 'ndjson'],
    ['text/html, */*;q=0.8', 'json'],
    ['text/csv;q=0, application/json', 'json'],
    ['application/vnd.apache.parquet', 'parquet'],
    ['application/vnd.apache.arrow.stream, */*;q=0.1', 'arrow'],
    ['application/json;q=0.1, Application/Vnd.Apache.Parquet;q=0.2', 'parquet'],
  ])('Accept: %s is %s', (accept, format) => {
    expect(formatOf(accept)).toBe(format);
  });

  it.each(['text/html', 'application/json;q=0', 'constructor', 'application/vnd.apache.arrow.file'])(
    'refuses Accept: %s',
    (accept) => {
      expect(() => formatOf(accept)).toThrow(
        expect.objectContaining({
          code: 'not_acceptable',
          detail:
            'This path has none of the media types in Accept. Send one of application/json, application/x-ndjson, text/csv, application/vnd.apache.parquet, application/vnd.apache.arrow.stream.',
        }),
      );
    },
  );
});
