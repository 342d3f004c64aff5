import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { hashApiKey, isApiKey } from './key-format.js';
import type { Principal } from './principal.js';

const BEARER = /^Bearer +(\S+) *$/i;

@Injectable()
export class ApiKeysService {
  constructor(private readonly database: DataSource) {}

  /**
   * The caller behind an `Authorization` header: one indexed read, none for a text that cannot be a key. Nothing is cached, so that a key that is
   * deleted is refused at once.
   *
   * @throws Failure unauthenticated
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) {
      throw new Failure('unauthenticated', 'Send the header "Authorization: Bearer <API key>".');
    }
    const found = isApiKey(key)
      ? await this.database.manager.findOneBy(ApiKeyEntity, { keyHash: hashApiKey(key) })
      : null;
    if (found === null) {
      throw new Failure(
        'unauthenticated',
        'The API key is not known. The first one is in the file admin-key of the data folder.',
      );
    }
    return { accountId: found.accountId, apiKeyId: found.id, role: found.role };
  }
}
