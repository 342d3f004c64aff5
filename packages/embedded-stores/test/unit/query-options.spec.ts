import { prologue, queryOptions } from '../../src/engine/query-options.js';

const read = (query: string) => {
  const options = queryOptions(new URLSearchParams(query));
  return options && { ...options, prologue: prologue(options) };
};

describe('the query string of ClickHouse over HTTP', () => {
  it('tells settings from parameters and from what is for the HTTP interface only', () => {
    expect(
      read('query=SELECT+1&max_threads=2&param_p0=a&query_id=q&enable_http_compression=1&default_format=JSON'),
    ).toEqual({
      sql: 'SELECT 1',
      streams: false,
      format: 'JSON',
      database: null,
      queryId: 'q',
      gzip: true,
      settings: [['max_threads', '2']],
      params: [['param_p0', 'a']],
      prologue: "SET max_threads = 2, param_p0 = 'a'; ",
    });
  });

  it('quotes values', () => {
    expect(read("join_algorithm=it's&param_a=1&param_b=\\N")?.prologue).toBe(
      "SET join_algorithm = 'it\\'s', param_a = '1', param_b = '\\\\N'; ",
    );
  });

  it('sets nothing where nothing is given, and goes to another database only', () => {
    expect(read('database=default')?.prologue).toBe('');
    expect(read('database=a`b')?.prologue).toBe('USE `a\\`b`; ');
  });

  it('refuses a name that would be SQL', () => {
    expect(read('max_threads=1&x%3D1;DROP+TABLE+t=2')).toBeNull();
  });

  it('takes an answer for a stream where the client does not wait for its end', () => {
    expect(read('query=SELECT+1&wait_end_of_query=0')?.streams).toBe(true);
    expect(read('query=SELECT+1&wait_end_of_query=1')?.streams).toBe(false);
  });
});
