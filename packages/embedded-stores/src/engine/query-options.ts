/** What the query string of a request to ClickHouse's HTTP interface says. */
export interface QueryOptions {
  readonly sql: string;
  readonly format: string;
  readonly database: string | null;
  readonly queryId: string | null;
  readonly gzip: boolean;
  /** The answer is wanted as a stream, which may be of any size. */
  readonly streams: boolean;
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Values of `{name:Type}`, in the escaped form of the HTTP interface, which SET takes as well. */
  readonly params: readonly (readonly [name: string, value: string])[];
}

const OF_THE_HTTP_INTERFACE = new Set([
  'query',
  'database',
  'query_id',
  'default_format',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'session_check',
  'role',
  'compress',
  'decompress',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'http_write_exception_in_output_format',
]);

const PARAM = 'param_';

/** Reads a query string; null where a name is not a plain identifier (it would become part of the SQL). */
export function queryOptions(search: URLSearchParams): QueryOptions | null {
  const entries = [...search].filter(([name]) => !OF_THE_HTTP_INTERFACE.has(name));
  if (entries.some(([name]) => !/^\w+$/.test(name))) return null;
  return {
    sql: search.get('query') ?? '',
    format: search.get('default_format') ?? 'TabSeparated',
    database: search.get('database'),
    queryId: search.get('query_id'),
    gzip: search.get('enable_http_compression') === '1',
    streams: search.get('wait_end_of_query') === '0',
    settings: entries.filter(([name]) => !name.startsWith(PARAM)),
    params: entries.filter(([name]) => name.startsWith(PARAM)),
  };
}

/** The statements that come before the query on its connection. */
export function prologue({ database, settings, params }: QueryOptions): string {
  const use = database && database !== 'default' ? `USE \`${database.replace(/[`\\]/g, '\\$&')}\`; ` : '';
  const assignments = [
    ...settings.map(([name, value]) => `${name} = ${/^-?\d+(\.\d+)?$/.test(value) ? value : quote(value)}`),
    ...params.map(([name, value]) => `${name} = ${quote(value)}`),
  ];
  return use + (assignments.length > 0 ? `SET ${assignments.join(', ')}; ` : '');
}

/** What the request has set as `log_comment`: the marker by which a client finds its queries. */
export function commentOf({ settings }: QueryOptions): string {
  return settings.find(([name]) => name === 'log_comment')?.[1] ?? '';
}

export function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
