import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { CohortVersionEntity } from './cohort-version.entity.js';
import type { CohortMemberDto } from './cohort.dto.js';
import { CohortsService } from './cohorts.service.js';
import type { MemberQuery } from './member-query.dto.js';

@Injectable()
export class CohortMembersService {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortsService,
    private readonly store: MemberSetStore,
  ) {}

  /**
   * Members of one version by the bytes of their ids. The cursor holds the version it began with, so that a PUT in between does not mix two of them.
   *
   * @throws Failure not_found, invalid_parameter
   */
  async page(property: PropertyEntity, idOrName: string, query: MemberQuery): Promise<Page<CohortMemberDto>> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const [begunWith, after] = decodeCursor(query.cursor, 2) ?? [];
    const version = begunWith === undefined ? (query.version ?? current.version) : versionOf(begunWith, query.version);
    const { setHash } = version === current.version ? current : await this.version(cohort.id, version);
    const users = await this.store.page(property.number, setHash, after ?? null, query.limit + 1);
    return pageOf(users, query.limit, (user) => [String(version), user]).map((user) => ({ user }));
  }

  private async version(cohortId: string, version: number): Promise<CohortVersionEntity> {
    const found = await this.database.manager.findOneBy(CohortVersionEntity, { cohortId, version });
    if (found === null) {
      throw new Failure('not_found', `The cohort has no version ${version}.`);
    }
    return found;
  }
}

function versionOf(begunWith: string, asked: number | undefined): number {
  if (!/^[1-9]\d{0,8}$/.test(begunWith) || (asked !== undefined && String(asked) !== begunWith)) {
    const detail =
      'The cursor belongs to another version. Leave version out, or give the one the first page was asked with.';
    throw new Failure('invalid_parameter', detail, [{ parameter: 'cursor', detail }]);
  }
  return Number(begunWith);
}
