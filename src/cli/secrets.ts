import { addAuditEntry, BY_COMMAND } from '../accounts/audit/audit-log.service.js';
import { StoredSecrets } from '../stores/secrets/stored-secrets.service.js';
import { withDatabase } from './with-accounts.js';

/** Encrypts all secrets by a new key, while Muster runs or not. The exit code is 1 where some could not be read. */
export async function rotateSecrets(): Promise<void> {
  const { keyId, secrets, unreadable } = await withDatabase(async (database, config) => {
    const rotated = await new StoredSecrets(database, config).rotate();
    for (const accountId of rotated.accountIds) {
      const entry = { ...BY_COMMAND, accountId, action: 'secrets.rotate', thing: rotated.keyId };
      await addAuditEntry(database.manager, entry);
    }
    return rotated;
  });
  console.log(`${secrets} secrets are encrypted by the key ${keyId} now.`);
  if (unreadable === 0) return;
  console.error(`${unreadable} secrets are encrypted by keys that are not here, and stay as they are.`);
  process.exitCode = 1;
}
