import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Principal } from '../access/principal.js';
import { Failure, invalidParameter } from '../core/failure.js';
import { PropertyDeletions } from '../properties/deletion/property-deletions.service.js';
import type { PropertyDeletionEntity } from '../properties/deletion/property-deletion.entity.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import type { AccountDeletionDto } from './account.dto.js';
import { AccountEntity } from './account.entity.js';
import { forgetPersons } from './members/forget-persons.js';
import { MemberEntity } from './members/member.entity.js';

/** Tables whose rows belong to an account by way of another's: deleted before that. */
const BY_PARENT: readonly (readonly [string, string])[] = [
  ['api_key_secrets', 'key_id IN (SELECT id FROM api_keys WHERE account_id = $1)'],
  ['idempotency_keys', 'scope = $1'],
];
/** Receipts, and what was done in it. */
const KEPT = ['property_deletions', 'audit_entries'];

/**
 * Deletes accounts. It is gone for everybody with the commit of one transaction, keys and sessions with it; what its
 * properties own is removed by the jobs that delete properties, which go on after a crash.
 */
@Injectable()
export class AccountDeletion {
  constructor(
    private readonly database: DataSource,
    private readonly deletions: PropertyDeletions,
  ) {}

  /** @throws Failure forbidden for who is no owner, invalid_parameter without the id of the account */
  async delete({ id: callerId, accountId, access }: Principal, confirm: string): Promise<AccountDeletionDto> {
    if (!access.isOwner) throw new Failure('forbidden', 'The account is deleted by an owner.');
    if (confirm !== accountId) {
      const detail =
        'Repeat it with the id of the account, as GET /v1/account tells it, if all that it owns is to go: there is no way back.';
      throw invalidParameter('confirm', detail);
    }
    const { jobs, receipt } = await this.database.transaction((manager) => this.remove(manager, accountId, callerId));
    for (const job of jobs) await this.deletions.enqueue(job);
    return receipt;
  }

  private async remove(
    manager: EntityManager,
    accountId: string,
    callerId: string,
  ): Promise<{ readonly jobs: readonly PropertyDeletionEntity[]; readonly receipt: AccountDeletionDto }> {
    await takeLock(manager, 'members', accountId);
    // Whoever adds something to it has come to an end, or finds no account.
    const { affected } = await manager.delete(AccountEntity, { id: accountId });
    if (affected === 0) throw new Failure('not_found', 'The account is deleted already.');
    const jobs: PropertyDeletionEntity[] = [];
    for (const property of await manager.findBy(PropertyEntity, { accountId })) {
      jobs.push(await this.deletions.detach(manager, property, callerId));
    }
    const members = await manager.findBy(MemberEntity, { accountId });
    const counts = await this.removeRows(manager, accountId);
    const personIds = members.map(({ personId }) => personId);
    const receipt = {
      id: accountId,
      properties: jobs.map(({ propertyId }) => propertyId),
      keys: counts.get('api_keys') ?? 0,
      members: counts.get('members') ?? 0,
      persons: await forgetPersons(manager, personIds),
    };
    return { jobs, receipt };
  }

  /** How many went, by table. Rows that belong to a property go with it. */
  private async removeRows(manager: EntityManager, accountId: string): Promise<ReadonlyMap<string, number>> {
    const own = this.database.entityMetadatas
      .filter(({ tableName, columns }) => {
        const names = columns.map(({ propertyName }) => propertyName);
        return !KEPT.includes(tableName) && names.includes('accountId') && !names.includes('propertyId');
      })
      .map(({ tableName }) => [tableName, 'account_id = $1'] as const);
    const counts = new Map<string, number>();
    for (const [table, condition] of [...BY_PARENT, ...own]) {
      const [, count]: [unknown, number] = await manager.query(`DELETE FROM ${table} WHERE ${condition}`, [accountId]);
      counts.set(table, count);
    }
    return counts;
  }
}
