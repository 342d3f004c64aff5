import { Agent, type AgentOptions } from 'node:http';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';

const UNIX = 'unix:';
/** Queries are bounded by their own time limit; this only ends waiting for a server that is gone without a word. */
const SILENCE_LIMIT_MS = 60 * 60 * 1000;
const MAX_CONNECTIONS = 64;

/** The database that a server's URL names; null for the engine's own default. */
export function databaseOf(url: string): string | null {
  return url.startsWith(UNIX) ? null : decodeURIComponent(new URL(url).pathname.slice(1)) || null;
}

/** The URL of the server alone, for statements that must work before its database is made. */
export function withoutDatabase(url: string): string {
  const server = new URL(url);
  server.pathname = '/';
  return server.href;
}

/** A client of the embedded engine's socket or of a server. */
export function connect(url: string): ClickHouseClient {
  const common = {
    application: 'muster',
    request_timeout: SILENCE_LIMIT_MS,
    max_open_connections: MAX_CONNECTIONS,
    log: { level: ClickHouseLogLevel.OFF },
  };
  if (!url.startsWith(UNIX)) return createClient({ ...common, url, compression: { response: true } });
  return createClient({
    ...common,
    url: 'http://engine',
    http_agent: new Agent({ socketPath: url.slice(UNIX.length), keepAlive: true } as AgentOptions),
    set_basic_auth_header: false,
    // ClickHouse closes idle connections, our embedded one does not.
    keep_alive: { enabled: true, idle_socket_ttl: 0 },
  });
}
