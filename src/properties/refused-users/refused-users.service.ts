import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseUserId } from '../../core/cohort/user-id.js';
import { Failure, invalid } from '../../core/failure.js';
import { isObject, quoted, refuseUnknownKeys } from '../../core/json-shape.js';
import { Problems } from '../../core/problems.js';
import { ByRevision } from '../by-revision.js';
import { RefusedUsersEntity } from './refused-users.entity.js';

export const MAX_REFUSED = 1_000;
/** Properties whose ids a process keeps. */
const REMEMBERED = 200;

/** The ids that are nobody's in a property: events and upserts that name them are rejected. */
@Injectable()
export class RefusedUsers {
  readonly #known = new ByRevision<readonly string[]>(REMEMBERED, (propertyId) => this.of(propertyId));

  constructor(private readonly database: DataSource) {}

  async of(propertyId: string): Promise<string[]> {
    return (await this.database.manager.findOneBy(RefusedUsersEntity, { propertyId }))?.users ?? [];
  }

  /** As of a revision of the property at least, which every change of them counts up. */
  at(propertyId: string, revision: string): Promise<readonly string[]> {
    return this.#known.at(propertyId, revision);
  }

  /** Holds for every item that is sent from now on. @throws Failure invalid_field, unknown_field, limit_exceeded */
  async replace(propertyId: string, body: unknown): Promise<string[]> {
    const users = parseUsers(body);
    await this.database.manager.upsert(RefusedUsersEntity, { propertyId, users }, ['propertyId']);
    return users;
  }
}

function parseUsers(body: unknown): string[] {
  if (!isObject(body)) throw invalid('invalid_field', '', `The body is {"users": [...]}, not ${quoted(body)}.`);
  refuseUnknownKeys(body, ['users'], '', 'The body');
  const { users } = body;
  if (!Array.isArray(users))
    throw invalid('invalid_field', '/users', `users is a list of ids, empty to refuse none, not ${quoted(users)}.`);
  if (users.length > MAX_REFUSED) {
    const detail = `A property refuses at most ${MAX_REFUSED} ids; ${users.length} were given.`;
    throw new Failure('limit_exceeded', detail, [{ pointer: '/users', detail }], {
      limit: 'refused_users',
      value: MAX_REFUSED,
    });
  }
  const problems = new Problems();
  const ids = problems.takeEach(users, (id: unknown, index) => parseUserId(id, `/users/${index}`));
  problems.throwIfAny();
  return [...new Set(ids)];
}
