import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A connection of the engine library; opaque. */
export type NativeConnection = object;

export interface NativeResult {
  readonly bytes: Buffer;
  /** Rows of the result; for `INSERT … FROM INFILE` the rows of the file. Not the rows read from storage. */
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/** The part of chdb's addon that is used here. Calls run on libuv's pool, one thread each for as long as they last. */
export interface Native {
  /** Blocks for some 0.4 ms; the first one starts the engine. Throws where another process holds the folder. */
  CreateConnection(path: string, args?: readonly string[]): NativeConnection;
  CloseConnection(connection: NativeConnection): void;
  QueryAsyncConnection(connection: NativeConnection, sql: string, format: string): Promise<NativeResult>;
}

/**
 * chdb's addon without its `Session`: closing a session while a query of any other session runs is put off until that
 * query ends, and each waiting one holds 0.3 MB, so that a long query beside many short ones grows without bound.
 */
export function loadNative(): Native {
  const require = createRequire(import.meta.url);
  const loader: { loadNative(): Native } = require(
    join(dirname(require.resolve('chdb/package.json')), 'dist/loader.js'),
  );
  return loader.loadNative();
}
