import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SetHash } from '../core/ids.js';
import { byUtf8, MemberSetHasher, memberSetSteps } from '../core/cohort/member-set-hash.js';
import { invalid, type Failure } from '../core/failure.js';
import { senderFailure } from '../properties/ingest/ingest-progress.js';
import { DiskSpace } from '../platform/health/disk-space.js';
import { yieldBetween } from '../platform/process/yield-between.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { LastEvaluations } from './last-evaluations.service.js';
import { MemberSetEntity } from './member-set.entity.js';

/** Members read at a time. */
const PAGE = 50_000;
/** `used_at` of a list is written at most twice a day. */
const NOTED_AFTER_MS = 43_200_000;

export interface SavedMemberSet {
  readonly setHash: SetHash;
  /** Distinct members. */
  readonly size: number;
}

/** A list was dropped while it was copied. */
export class ListGone extends Error {}

/** Saves lists of members, of saved cohorts and of requests; a property stores each list once. */
@Injectable()
export class MemberSetsService {
  constructor(
    private readonly database: DataSource,
    private readonly store: MemberSetStore,
    private readonly disk: DiskSpace,
    private readonly evaluations: LastEvaluations,
  ) {}

  /** Distinct members of a saved list. */
  async size(property: PropertyEntity, hash: SetHash): Promise<number> {
    const { size } = await this.database.manager.findOneByOrFail(MemberSetEntity, { propertyId: property.id, hash });
    return size;
  }

  /** Whether the property has a list, which is not removed within the next half day then. */
  async isStored(property: PropertyEntity, hash: SetHash): Promise<boolean> {
    return await this.isKept({ propertyId: property.id, hash });
  }

  /**
   * Saves a copy of a list with members added and removed; both are valid user ids, and no id is in both. The list is
   * read in pages, whatever its length.
   *
   * @throws ListGone
   */
  async saveChanged(
    property: PropertyEntity,
    from: string,
    { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
  ): Promise<SavedMemberSet> {
    const { hash, size } = await this.hashOfChanged(
      property,
      from,
      (await yieldBetween(memberSetSteps(add))).users,
      new Set(remove),
    );
    const key = { propertyId: property.id, hash };
    if (!(await this.isKept(key))) {
      // The removed members are a list in the engine too, under their own hash.
      const { setHash: removed } = await this.save(property, remove);
      await this.stored(() => this.store.copy(property.number, from, removed, hash));
      await this.stored(() => this.store.save(property.number, hash, add));
      if ((await this.store.size(property.number, hash)) !== size) throw new ListGone();
      await this.note(key, size);
    }
    return { setHash: hash, size };
  }

  /**
   * Saves the members that an evaluation has found as a list that never changes.
   * @throws Failure invalid_field where the members of the evaluation are not kept
   */
  async saveEvaluated(property: PropertyEntity, evaluationId: string, pointer: string): Promise<SavedMemberSet> {
    const list = await this.evaluations.keptList(property.id, evaluationId);
    if (list === null) throw notKept(pointer);
    try {
      return await this.saveChanged(property, list, { add: [], remove: [] });
    } catch (error) {
      throw error instanceof ListGone ? notKept(pointer) : error;
    }
  }

  private async hashOfChanged(
    property: PropertyEntity,
    from: string,
    added: readonly string[],
    removed: ReadonlySet<string>,
  ): Promise<{ readonly hash: SetHash; readonly size: number }> {
    const hasher = new MemberSetHasher();
    let next = 0;
    for (let after: string | null = null; ;) {
      const page: string[] = await this.store.page(property.number, from, after, PAGE);
      const last = page.at(-1);
      const isEnd = last === undefined || page.length < PAGE;
      const until = isEnd ? added.length : firstAfter(added, last, next);
      const merged = new Set([...page.filter((user) => !removed.has(user)), ...added.slice(next, until)]);
      hasher.add([...merged].sort(byUtf8));
      if (isEnd) return hasher.digest();
      next = until;
      after = last;
    }
  }

  /**
   * Saves a list by `write`, which puts it into the engine under its hash, unless it is there already. Belongs to the
   * caller's transaction.
   */
  async saveBy(
    manager: EntityManager,
    property: PropertyEntity,
    { setHash, size }: SavedMemberSet,
    write: () => Promise<void>,
  ): Promise<void> {
    const key = { propertyId: property.id, hash: setHash };
    if (await this.isKept(key, manager)) return;
    await this.stored(write);
    await this.note(key, size, manager);
  }

  /** Writes a list into the engine. Where that fails, the list gets no row and is not used. */
  private async stored(write: () => Promise<void>): Promise<void> {
    await this.disk.refuseWrites();
    await write().catch((error: unknown) => {
      throw senderFailure(error, 'The list of members is not saved: send the call again.');
    });
  }

  /**
   * Whether the list is stored and stays. Retention does not remove a list that was used within the last half day, and
   * it locks the row of one that it removes (cohort-retention.ts): the update here waits for it, finds no row, and the
   * list is written again.
   */
  private async isKept(
    key: { readonly propertyId: string; readonly hash: SetHash },
    manager = this.database.manager,
  ): Promise<boolean> {
    const found = await manager.findOneBy(MemberSetEntity, key);
    if (found === null) return false;
    if (Date.now() - found.usedAt.getTime() < NOTED_AFTER_MS) return true;
    const { affected } = await manager.update(MemberSetEntity, key, { usedAt: new Date() });
    return affected === 1;
  }

  private async note(
    key: { readonly propertyId: string; readonly hash: SetHash },
    size: number,
    manager = this.database.manager,
  ): Promise<void> {
    const insert = manager.createQueryBuilder().insert().into(MemberSetEntity);
    await insert
      .values({ ...key, size })
      .orIgnore()
      .execute();
  }

  /**
   * Saves a list of valid user ids. The row in PostgreSQL is written last and means that the engine has the whole list;
   * after a crash before that, saving again repairs it.
   */
  async save(property: PropertyEntity, requested: readonly string[]): Promise<SavedMemberSet> {
    const { hash, users } = await yieldBetween(memberSetSteps(requested));
    const key = { propertyId: property.id, hash };
    if (!(await this.isKept(key))) {
      await this.stored(() => this.store.save(property.number, hash, users));
      await this.note(key, users.length);
    }
    return { setHash: hash, size: users.length };
  }
}

function notKept(pointer: string): Failure {
  const detail =
    'Give the id of an evaluation that has succeeded and whose members are kept, which are the last three of a version: POST .../evaluations of the rule or set makes one.';
  return invalid('invalid_field', pointer, detail);
}

/** The index, from `start` on, of the first of sorted users that sorts after `user`. */
function firstAfter(sorted: readonly string[], user: string, start: number): number {
  let index = start;
  while (index < sorted.length && byUtf8(sorted[index] ?? '', user) <= 0) index += 1;
  return index;
}
