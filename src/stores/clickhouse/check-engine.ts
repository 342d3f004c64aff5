import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';
import { connect, withoutDatabase } from './connect.js';

/** The first version with everything that is asked of it: `arrayExcept` came last. */
const OLDEST = { major: 25, minor: 9 } as const;

/**
 * Throws a StartupProblem when a server of the user's cannot be reached, does not take our password or is too old; its
 * database may yet be missing.
 */
export async function checkEngine(clickhouseUrl: string): Promise<void> {
  if (clickhouseUrl.startsWith('unix:')) return;
  const version = await versionOf(clickhouseUrl);
  if (isNewEnough(version)) return;
  const reason = `CLICKHOUSE_URL: the server is ClickHouse ${version}; ${OLDEST.major}.${OLDEST.minor} or later is needed.`;
  throw new StartupProblem(EXIT_CODES.configuration, [reason]);
}

/** Of a text such as `26.7.2.1`. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}

async function versionOf(clickhouseUrl: string): Promise<string> {
  const client = connect(withoutDatabase(clickhouseUrl));
  try {
    const answer = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await answer.json<{ readonly version: string }>();
    return row?.version ?? '';
  } catch (error) {
    const reason = `CLICKHOUSE_URL: the engine cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new StartupProblem(EXIT_CODES.unavailable, [reason], { cause: error });
  } finally {
    await client.close();
  }
}
