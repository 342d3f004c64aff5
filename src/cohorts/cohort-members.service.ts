import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortStore } from '../stores/clickhouse/cohort-store.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import type { CohortDifferenceDto } from './cohort-difference.dto.js';
import type { DifferenceQuery } from './cohort-queries.dto.js';
import { CohortVersionEntity } from './cohort-version.entity.js';
import type { CohortMemberDto } from './cohort.dto.js';
import { CohortsService } from './cohorts.service.js';
import { existing } from './existing.js';
import { LastEvaluations } from './last-evaluations.service.js';
import type { MemberQuery } from './member-query.dto.js';

@Injectable()
export class CohortMembersService {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortsService,
    private readonly evaluations: LastEvaluations,
    private readonly store: MemberSetStore,
    private readonly cohortStore: CohortStore,
  ) {}

  /**
   * Members of one version by the bytes of their ids; of a rule or set those of its last evaluation. The cursor holds the list it began with, so that a PUT or an
   * evaluation in between does not mix two of them.
   *
   * @throws Failure not_found, not_evaluated, invalid_parameter
   */
  async page(property: PropertyEntity, idOrName: string, query: MemberQuery): Promise<Page<CohortMemberDto>> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const [begunWith, begunList, after] = decodeCursor(query.cursor, 3) ?? [];
    const version = begunWith === undefined ? (query.version ?? current.version) : versionOf(begunWith, query.version);
    const list = begunList ?? (await this.listOf(await this.version(cohort.id, version)));
    if (begunList !== undefined) await this.refuseDroppedList(cohort.id, version, list);
    const users = await this.store.page(property.number, list, after ?? null, query.limit + 1);
    return pageOf(users, query.limit, (user) => [String(version), list, user]).map((user) => ({ user }));
  }

  /**
   * Who entered and who left from one version to another, by the bytes of their ids.
   * @throws Failure not_found, not_evaluated, invalid_parameter
   */
  async difference(property: PropertyEntity, idOrName: string, query: DifferenceQuery): Promise<CohortDifferenceDto> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const to = query.to ?? current.version;
    const from = query.from ?? Math.max(1, to - 1);
    const [after] = decodeCursor(query.cursor, 1) ?? [];
    const lists = {
      propertyNumber: property.number,
      from: await this.listOf(await this.version(cohort.id, from)),
      to: await this.listOf(await this.version(cohort.id, to)),
    };
    if (lists.from === lists.to) return { from, to, entered: 0, left: 0, data: [], next_cursor: null };
    const counts = await this.cohortStore.differenceCounts(lists);
    const changed = await this.cohortStore.difference(lists, after ?? null, query.limit + 1);
    const page = pageOf(changed, query.limit, ({ user }) => [user]);
    const data = page.data.map(({ user, entered }) => ({ user, change: entered ? 'entered' : 'left' }) as const);
    return { from, to, ...counts, data, next_cursor: page.next_cursor };
  }

  /** The rest of a list that is gone would look like its end. */
  private async refuseDroppedList(cohortId: string, version: number, list: string): Promise<void> {
    if (!list.startsWith('eval_')) return;
    const kept = await this.evaluations.kept(cohortId, version);
    if (kept.some(({ id }) => id === list)) return;
    const detail = 'The members with which the cursor began are not kept any more. Begin with the first page again.';
    throw new Failure('invalid_parameter', detail, [{ parameter: 'cursor', detail }]);
  }

  private async version(cohortId: string, version: number): Promise<CohortVersionEntity> {
    const found = await this.database.manager.findOneBy(CohortVersionEntity, { cohortId, version });
    return existing(found, `The cohort has no version ${version}.`);
  }

  /** The name under which the engine has the members. */
  private async listOf(version: CohortVersionEntity): Promise<string> {
    if (version.setHash !== null) return version.setHash;
    const last = await this.evaluations.of(version);
    if (last !== null) return last.id;
    const detail = `Version ${version.version} is a ${version.kind} and was not evaluated yet, or never successfully: POST .../evaluations first.`;
    throw new Failure('not_evaluated', detail);
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
