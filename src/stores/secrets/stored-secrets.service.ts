import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Failure } from '../../core/failure.js';
import { Config } from '../../platform/config/config.js';
import { takeLock } from '../postgres/advisory-locks.js';
import { LOST_KEYS, type LostKey } from './lost-keys.js';
import { SecretKey } from './secret-key.js';
import { SecretKeys } from './secret-keys.js';
import { StoredSecretEntity } from './stored-secret.entity.js';

/** What a secret belongs to; it opens for that alone. */
export interface SecretOwner {
  /** Id of the thing. */
  readonly id: string;
  readonly accountId: string;
}

/** What a rotation has done. */
export interface Rotated {
  readonly keyId: string;
  readonly secrets: number;
  /** Secrets that no key opens; they are as they were. */
  readonly unreadable: number;
  /** Accounts whose secrets were sealed anew. */
  readonly accountIds: readonly string[];
}

/** Secrets of things, encrypted in PostgreSQL (decision 0060). */
@Injectable()
export class StoredSecrets {
  private readonly keys: SecretKeys;

  constructor(
    private readonly database: DataSource,
    config: Config,
  ) {
    this.keys = new SecretKeys(config);
  }

  /** Makes the key where there is none. Gives the keys that secrets need and that are not here, to be told. */
  async begin(): Promise<readonly LostKey[]> {
    return await this.database.transaction(async (manager) => {
      await takeLock(manager, 'secrets', '');
      const lost = await this.lost();
      // Where secrets are there, their key is somewhere: another one would be a second key.
      if (lost.length === 0) this.keys.sealing();
      return lost;
    });
  }

  /** Stores the secret of a thing, or puts it in place of the one of before, within the caller's transaction. */
  async put(manager: EntityManager, { id, accountId }: SecretOwner, secret: string): Promise<void> {
    await takeLock(manager, 'secrets', '');
    const key = this.keys.sealing();
    const sealed = key.seal(secret, aad({ id, accountId }));
    await manager.upsert(StoredSecretEntity, { ownerId: id, accountId, keyId: key.id, sealed }, ['ownerId']);
  }

  /** @throws Failure secret_unreadable where it was sealed by a key that is not here */
  async get(owner: SecretOwner): Promise<string> {
    const { id: ownerId, accountId } = owner;
    // Twice: between the look at the row and that at the keys a rotation may have come to its end.
    for (let looks = 0; looks < 2; looks += 1) {
      const stored = await this.database.manager.findOneBy(StoredSecretEntity, { ownerId, accountId });
      const secret = stored === null ? null : opened(this.keys.all(), stored);
      if (secret !== null) return secret;
    }
    const detail = `The secret of ${ownerId} cannot be read by the key in ${this.keys.source}. Put the key back, or set the secret anew.`;
    throw new Failure('secret_unreadable', detail);
  }

  async remove(manager: EntityManager, { id: ownerId, accountId }: SecretOwner): Promise<void> {
    await manager.delete(StoredSecretEntity, { ownerId, accountId });
  }

  /** Keys that secrets need and that are not here. */
  async lost(): Promise<readonly LostKey[]> {
    return await this.database.query(LOST_KEYS, [this.keys.all().map(({ id }) => id)]);
  }

  /**
   * Seals all secrets by a new key, which is in the file before the first of them is; keys that nothing needs any more
   * leave the file then. Where the keys are a setting, by the first one of it.
   */
  async rotate(): Promise<Rotated> {
    const rotated = await this.resealAll();
    await this.database.transaction(async (manager) => {
      await takeLock(manager, 'secrets', '');
      if (this.keys.isSet) return;
      const [first, ...others] = this.keys.all();
      const used = await manager
        .createQueryBuilder(StoredSecretEntity, 'secret')
        .select('DISTINCT key_id', 'id')
        .getRawMany<{ id: string }>();
      const needed = others.filter((key) => used.some(({ id }) => id === key.id));
      this.keys.write([first ?? SecretKey.random(), ...needed]);
    });
    return rotated;
  }

  private async resealAll(): Promise<Rotated> {
    return await this.database.transaction(async (manager) => {
      await takeLock(manager, 'secrets', '');
      const before = this.keys.all();
      const key = this.keys.isSet ? this.keys.sealing() : SecretKey.random();
      if (!this.keys.isSet) this.keys.write([key, ...before]);
      return await resealed(manager, key, before);
    });
  }
}

async function resealed(manager: EntityManager, key: SecretKey, before: readonly SecretKey[]): Promise<Rotated> {
  const all = await manager.find(StoredSecretEntity, { order: { ownerId: 'ASC' } });
  const accountIds = new Set<string>();
  let unreadable = 0;
  for (const stored of all) {
    const secret = opened(before, stored);
    if (secret === null) {
      unreadable += 1;
      continue;
    }
    const { ownerId, accountId } = stored;
    const sealed = key.seal(secret, aad({ id: ownerId, accountId }));
    await manager.update(StoredSecretEntity, { ownerId }, { keyId: key.id, sealed });
    accountIds.add(accountId);
  }
  return { keyId: key.id, secrets: all.length - unreadable, unreadable, accountIds: [...accountIds] };
}

function opened(keys: readonly SecretKey[], { keyId, sealed, ownerId, accountId }: StoredSecretEntity): string | null {
  const key = keys.find(({ id }) => id === keyId);
  return key?.open(sealed, aad({ id: ownerId, accountId })) ?? null;
}

function aad({ id, accountId }: SecretOwner): string {
  return `${accountId}/${id}`;
}
