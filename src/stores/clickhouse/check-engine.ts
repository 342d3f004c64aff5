import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';
import { connect, withoutDatabase } from './connect.js';

/** Throws a StartupProblem when a server of the user's cannot be reached or does not take our password; its database may yet be missing. */
export async function checkEngine(clickhouseUrl: string): Promise<void> {
  if (clickhouseUrl.startsWith('unix:')) return;
  const client = connect(withoutDatabase(clickhouseUrl));
  try {
    await client.command({ query: 'SELECT 1' });
  } catch (error) {
    const reason = `CLICKHOUSE_URL: the engine cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new StartupProblem(EXIT_CODES.unavailable, [reason], { cause: error });
  } finally {
    await client.close();
  }
}
