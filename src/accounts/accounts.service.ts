import { DAY_MS } from '../core/time/utc-day.js';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { Config } from '../platform/config/config.js';
import { createProperty } from '../properties/create-property.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import { AccountEntity } from './account.entity.js';
import { SecretFile } from '../platform/config/secret-file.js';
import { AdminKeyFile } from './admin-key-file.js';
import { hashSecret } from '../access/hash-secret.js';
import { newToken } from '../access/session-cookie.js';
import { InvitationEntity } from './members/member.entity.js';
import { addAuditEntry, BY_COMMAND } from './audit/audit-log.service.js';
import { ApiKeyEntity, ApiKeySecretEntity } from './api-key.entity.js';
import { hintOf, newApiKey } from '../access/key-format.js';

/** The name of the key that is in the file. */
const ADMIN = 'admin';

/** Keys that the program itself has made: other keys may have the name too. */
const REVOKE_ADMIN = `
  UPDATE api_keys SET revoked_at = now()
  WHERE account_id = $1 AND name = $2 AND created_by IS NULL AND revoked_at IS NULL`;

const FIRST_OWNER_MS = 3_600_000;
const INVITED_OWNER_MS = 7 * DAY_MS;

export interface FirstAccount {
  /** True where this call made the account: then, and only then, there is a `key`. */
  readonly created: boolean;
  readonly key: string | null;
  /** Where the admin key is, or would be. */
  readonly keyFile: string;
  /** Where the invitation of the first owner is, where this call made it. */
  readonly ownerFile: string;
  /** False where the account was made elsewhere, or the file was taken away: no new key is made for that. */
  readonly keyFileExists: boolean;
}

@Injectable()
export class AccountsService {
  private readonly keyFile: AdminKeyFile;
  /** Of the invitation by which the first owner signs in. */
  private readonly ownerFile: SecretFile;

  constructor(
    private readonly database: DataSource,
    config: Config,
  ) {
    this.keyFile = new AdminKeyFile(config.dataDir);
    this.ownerFile = new SecretFile(config.dataDir, 'owner-invitation');
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
        return {
          created: false,
          key: null,
          keyFile: this.keyFile.path,
          ownerFile: this.ownerFile.path,
          keyFileExists: this.keyFile.exists(),
        };
      }
      const key = this.keyFile.read() ?? newApiKey();
      const accountId = await this.createAccount(manager, key);
      this.ownerFile.write(await inviteOwner(manager, accountId, null, FIRST_OWNER_MS));
      this.keyFile.write(key);
      return { created: true, key, keyFile: this.keyFile.path, ownerFile: this.ownerFile.path, keyFileExists: true };
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
      const account = await firstAccount(manager);
      const key = newApiKey();
      await manager.query(REVOKE_ADMIN, [account.id, ADMIN]);
      const thing = await this.insertAdminKey(manager, account.id, key);
      await addAuditEntry(manager, { ...BY_COMMAND, accountId: account.id, action: 'key.replace', thing });
      this.keyFile.write(key);
      return this.keyFile.path;
    });
  }

  /**
   * A token by which `email` becomes an owner of the first account, for seven days and once.
   * @throws Error where there is no account yet
   */
  async inviteOwner(email: string): Promise<string> {
    return this.database.transaction(async (manager) => {
      const { id } = await firstAccount(manager);
      const entry = { ...BY_COMMAND, accountId: id, action: 'invitation.create', thing: email };
      await addAuditEntry(manager, entry);
      return await inviteOwner(manager, id, email, INVITED_OWNER_MS);
    });
  }

  /** Gives its id. */
  private async createAccount(manager: EntityManager, key: string): Promise<string> {
    const accountId = typeid('acc').toString();
    await manager.insert(AccountEntity, { id: accountId, name: 'default' });
    await createProperty(manager, accountId, { slug: 'default', name: 'Default' });
    await this.insertAdminKey(manager, accountId, key);
    return accountId;
  }

  /** Gives its id. */
  private async insertAdminKey(manager: EntityManager, accountId: string, key: string): Promise<string> {
    const id = typeid('key').toString();
    await manager.insert(ApiKeyEntity, { id, accountId, name: ADMIN, role: 'owner' });
    await manager.insert(ApiKeySecretEntity, { keyHash: hashSecret(key), keyId: id, hint: hintOf(key) });
    return id;
  }
}

async function firstAccount(manager: EntityManager): Promise<AccountEntity> {
  const [account] = await manager.find(AccountEntity, { order: { createdAt: 'ASC' }, take: 1 });
  if (account === undefined) throw new Error('There is no account yet: start Muster, and it makes one with a key.');
  return account;
}

/** Gives the token. `email` null: whoever has it. */
async function inviteOwner(
  manager: EntityManager,
  accountId: string,
  email: string | null,
  validMs: number,
): Promise<string> {
  const token = newToken();
  const row = { id: typeid('inv').toString(), accountId, email, role: 'owner' as const, tokenHash: hashSecret(token) };
  await manager.insert(InvitationEntity, { ...row, expiresAt: new Date(Date.now() + validMs) });
  return token;
}
