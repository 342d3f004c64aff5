import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { Config } from '../platform/config/config.js';
import { createProperty } from '../properties/create-property.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import { AccountEntity } from './account.entity.js';
import { AdminKeyFile } from './admin-key-file.js';
import { addAuditEntry } from './audit/audit-log.service.js';
import { ApiKeyEntity, ApiKeySecretEntity } from './api-key.entity.js';
import { hashApiKey, hintOf, newApiKey } from '../access/key-format.js';

/** The name of the key that is in the file. */
const ADMIN = 'admin';

/** Keys that the program itself has made: other keys may have the name too. */
const REVOKE_ADMIN = `
  UPDATE api_keys SET revoked_at = now()
  WHERE account_id = $1 AND name = $2 AND created_by IS NULL AND revoked_at IS NULL`;

const BY_COMMAND = { actor: null, propertyId: null, network: null, requestId: null, status: 200 };

export interface FirstAccount {
  /** True where this call made the account: then, and only then, there is a `key`. */
  readonly created: boolean;
  readonly key: string | null;
  /** Where the admin key is, or would be. */
  readonly keyFile: string;
  /** False where the account was made elsewhere, or the file was taken away: no new key is made for that. */
  readonly keyFileExists: boolean;
}

@Injectable()
export class AccountsService {
  private readonly keyFile: AdminKeyFile;

  constructor(
    private readonly database: DataSource,
    config: Config,
  ) {
    this.keyFile = new AdminKeyFile(config.dataDir);
  }

  /**
   * Makes the first account, its property `default` and an admin key, once per database however many processes start at
   * the same time. The key is in its file before the account is committed: a crash between the two leaves a key that
   * the next start takes.
   */
  async ensureFirst(): Promise<FirstAccount> {
    return this.database.transaction(async (manager) => {
      await takeLock(manager, 'first_start', '');
      if (await manager.existsBy(AccountEntity, {})) {
        return { created: false, key: null, keyFile: this.keyFile.path, keyFileExists: this.keyFile.exists() };
      }
      const key = this.keyFile.read() ?? newApiKey();
      await this.createAccount(manager, key);
      this.keyFile.write(key);
      return { created: true, key, keyFile: this.keyFile.path, keyFileExists: true };
    });
  }

  /**
   * Puts a new admin key in place of the first account's old one, which is refused from then on, and gives the path of
   * the file that holds it. The key is in its file before the old one goes.
   *
   * @throws Error where there is no account yet
   */
  async replaceAdminKey(): Promise<string> {
    return this.database.transaction(async (manager) => {
      await takeLock(manager, 'first_start', '');
      const [account] = await manager.find(AccountEntity, { order: { createdAt: 'ASC' }, take: 1 });
      if (account === undefined) throw new Error('There is no account yet: start Muster, and it makes one with a key.');
      const key = newApiKey();
      await manager.query(REVOKE_ADMIN, [account.id, ADMIN]);
      const thing = await this.insertAdminKey(manager, account.id, key);
      await addAuditEntry(manager, { ...BY_COMMAND, accountId: account.id, action: 'key.replace', thing });
      this.keyFile.write(key);
      return this.keyFile.path;
    });
  }

  private async createAccount(manager: EntityManager, key: string): Promise<void> {
    const accountId = typeid('acc').toString();
    await manager.insert(AccountEntity, { id: accountId, name: 'default' });
    await createProperty(manager, accountId, { slug: 'default', name: 'Default' });
    await this.insertAdminKey(manager, accountId, key);
  }

  /** Gives its id. */
  private async insertAdminKey(manager: EntityManager, accountId: string, key: string): Promise<string> {
    const id = typeid('key').toString();
    await manager.insert(ApiKeyEntity, { id, accountId, name: ADMIN, role: 'owner' });
    await manager.insert(ApiKeySecretEntity, { keyHash: hashApiKey(key), keyId: id, hint: hintOf(key) });
    return id;
  }
}
