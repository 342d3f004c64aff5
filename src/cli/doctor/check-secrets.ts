import { Client } from 'pg';
import type { Config } from '../../platform/config/config.js';
import { LOST_KEY_ADVICE, LOST_KEYS, type LostKey } from '../../stores/secrets/lost-keys.js';
import { SecretKeys } from '../../stores/secrets/secret-keys.js';
import { fail, fine, type Finding } from './finding.js';

const WHAT = 'secret key';

/** Whether the key is here by which the secrets of the database are encrypted. `databaseUrl` undefined: it is not up. */
export async function checkSecrets(config: Config, databaseUrl: string | undefined): Promise<Finding[]> {
  const keys = new SecretKeys(config);
  let ids: readonly string[];
  try {
    ids = keys.all().map(({ id }) => id);
  } catch (error) {
    return [fail(WHAT, (error as Error).message, 'Put it right, or restore the file')];
  }
  const [first] = ids;
  const found = first === undefined ? 'the first start makes it' : `${first}, in ${keys.source}`;
  const lost = databaseUrl === undefined ? [] : await lostOf(databaseUrl, ids);
  if (lost.length === 0) return [fine(WHAT, found)];
  return lost.map(({ keyId, secrets }) =>
    fail(WHAT, `${secrets} secrets are encrypted by the key ${keyId}, which is not here`, LOST_KEY_ADVICE),
  );
}

/** None where the database cannot be asked: that is told elsewhere. */
async function lostOf(databaseUrl: string, ids: readonly string[]): Promise<readonly LostKey[]> {
  const client = new Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    return (await client.query<LostKey>(LOST_KEYS, [ids])).rows;
  } catch {
    return [];
  } finally {
    await client.end().catch(() => undefined);
  }
}
