import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { memberSetHash } from '../core/cohort/member-set-hash.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { MemberSetEntity } from './member-set.entity.js';

export interface SavedMemberSet {
  readonly setHash: string;
  /** Distinct members. */
  readonly size: number;
}

/** Member lists of saved cohorts and of requests alike, each stored once in a property. */
@Injectable()
export class MemberSetsService {
  constructor(
    private readonly database: DataSource,
    private readonly store: MemberSetStore,
  ) {}

  /** Distinct members of a saved list. */
  async size(property: PropertyEntity, hash: string): Promise<number> {
    const { size } = await this.database.manager.findOneByOrFail(MemberSetEntity, { propertyId: property.id, hash });
    return size;
  }

  /** Saves a list of valid user ids. The row in PostgreSQL comes last and says that the engine has the whole list: a crash before it is mended by saving again. */
  async save(property: PropertyEntity, asked: readonly string[]): Promise<SavedMemberSet> {
    const { hash, users } = memberSetHash(asked);
    const key = { propertyId: property.id, hash };
    if (!(await this.database.manager.existsBy(MemberSetEntity, key))) {
      await this.store.save(property.number, hash, users);
      const insert = this.database.createQueryBuilder().insert().into(MemberSetEntity);
      await insert
        .values({ ...key, size: users.length })
        .orIgnore()
        .execute();
    }
    return { setHash: hash, size: users.length };
  }
}
