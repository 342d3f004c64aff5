import { Injectable } from '@nestjs/common';
import { Failure, invalidParameter } from '../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { DEFAULT_LIMIT } from '../results/export-query.dto.js';
import { differenceList, memberList, noDifference, type TwoLists } from '../sql/cohort/member-lists.js';
import type { ExportedList } from '../sql/export/compile-list.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { listOf } from './cohort-evaluation.entity.js';
import { CohortStore } from './cohort-store.js';
import type { DifferenceQuery, MemberQuery, MemberTextQuery } from './cohort-queries.dto.js';
import type { CohortVersionEntity } from './cohort-version.entity.js';
import type { CohortDifferenceDto, CohortMemberDto } from './cohort.dto.js';
import { LastEvaluations, type EvaluationKey } from './last-evaluations.service.js';

@Injectable()
export class CohortMembersService {
  constructor(
    private readonly cohorts: CohortStore,
    private readonly evaluations: LastEvaluations,
    private readonly store: MemberSetStore,
  ) {}

  /**
   * A page of the members of one version, sorted by the bytes of their ids; a rule or set has those of its last
   * evaluation. The cursor names the list of the first page, so that a PUT or an evaluation in between does not mix two
   * lists.
   *
   * @throws Failure not_found, not_evaluated, invalid_parameter
   */
  async page(property: PropertyEntity, idOrName: string, query: MemberQuery): Promise<Page<CohortMemberDto>> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const [begunWith, begunList, after] = decodeCursor(query.cursor, 3) ?? [];
    const version = begunWith === undefined ? (query.version ?? current.version) : versionOf(begunWith, query.version);
    const list = begunList ?? (await this.listOfVersion(await this.cohorts.version(cohort.id, version)));
    if (begunList !== undefined) await this.refuseDroppedList(cohort.id, version, list);
    const { limit = DEFAULT_LIMIT } = query;
    const users = await this.store.page(property.number, list, after ?? null, limit + 1, query.text);
    return pageOf(users, limit, (user) => [String(version), list, user]).map((user) => ({ user }));
  }

  /**
   * All members of one version, or those whose id has the text in it.
   * @throws Failure not_found, not_evaluated
   */
  async all(
    property: PropertyEntity,
    idOrName: string,
    { version: requested, text }: Pick<MemberQuery, 'version' | 'text'>,
  ): Promise<ExportedList> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const version = await this.cohorts.version(cohort.id, requested ?? current.version);
    return memberList(property.number, await this.listOfVersion(version), text);
  }

  /**
   * A page of the members that an evaluation has found. A version keeps the members of its newest evaluations only.
   * @throws Failure not_found, not_evaluated, result_gone, invalid_parameter
   */
  async pageOfEvaluation(
    property: PropertyEntity,
    evaluation: EvaluationKey,
    { limit = DEFAULT_LIMIT, cursor, text }: MemberTextQuery,
  ): Promise<Page<CohortMemberDto>> {
    const list = await this.keptList(evaluation);
    const [after] = decodeCursor(cursor, 1) ?? [];
    const users = await this.store.page(property.number, list, after ?? null, limit + 1, text);
    return pageOf(users, limit, (user) => [user]).map((user) => ({ user }));
  }

  /**
   * All members that an evaluation has found, or those whose id has the text in it.
   * @throws Failure not_found, not_evaluated, result_gone
   */
  async allOfEvaluation(property: PropertyEntity, evaluation: EvaluationKey, text?: string): Promise<ExportedList> {
    return memberList(property.number, await this.keptList(evaluation), text);
  }

  /**
   * A page of the users who entered or left between two versions, sorted by the bytes of their ids.
   * @throws Failure not_found, not_evaluated, invalid_parameter
   */
  async difference(property: PropertyEntity, idOrName: string, query: DifferenceQuery): Promise<CohortDifferenceDto> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const { limit = DEFAULT_LIMIT } = query;
    const { from, to } = comparedVersions(query, current.version);
    const [after] = decodeCursor(query.cursor, 1) ?? [];
    const lists = await this.twoLists(property, cohort.id, from, to);
    if (lists.from === lists.to) return { from, to, entered: 0, left: 0, data: [], next_cursor: null };
    const counts = await this.store.differenceCounts(lists);
    const changed = await this.store.difference(lists, after ?? null, limit + 1);
    const page = pageOf(changed, limit, ({ user }) => [user]);
    const data = page.data.map(({ user, entered }) => ({ user, change: entered ? 'entered' : 'left' }) as const);
    return { from, to, ...counts, data, next_cursor: page.next_cursor };
  }

  /** All users who entered or left between two versions. @throws Failure not_found, not_evaluated */
  async wholeDifference(property: PropertyEntity, idOrName: string, query: DifferenceQuery): Promise<ExportedList> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const { from, to } = comparedVersions(query, current.version);
    const lists = await this.twoLists(property, cohort.id, from, to);
    return lists.from === lists.to ? noDifference() : differenceList(lists);
  }

  private async twoLists(property: PropertyEntity, cohortId: string, from: number, to: number): Promise<TwoLists> {
    return {
      propertyNumber: property.number,
      from: await this.listOfVersion(await this.cohorts.version(cohortId, from)),
      to: await this.listOfVersion(await this.cohorts.version(cohortId, to)),
    };
  }

  private async keptList(evaluation: EvaluationKey): Promise<string> {
    const list = listOf(evaluation);
    if (await this.evaluations.isKept(evaluation.cohortId, evaluation.version, list)) return list;
    const detail =
      'The members of this evaluation are not kept any more: newer ones have taken its place. Evaluate the cohort again.';
    throw new Failure('result_gone', detail);
  }

  /** Refuses a cursor whose list was dropped: an empty page would look like the end of the list. */
  private async refuseDroppedList(cohortId: string, version: number, list: string): Promise<void> {
    if (!list.startsWith('eval_') || (await this.evaluations.isKept(cohortId, version, list))) return;
    const detail = 'The members with which the cursor began are not kept any more. Begin with the first page again.';
    throw invalidParameter('cursor', detail);
  }

  /** The name of the list of members in the engine. @throws Failure not_evaluated */
  private async listOfVersion(version: CohortVersionEntity): Promise<string> {
    if (version.setHash !== null) return version.setHash;
    const last = await this.evaluations.of(version);
    if (last !== null) return listOf(last);
    const detail = `Version ${version.version} is a ${version.kind} and was not evaluated yet, or never successfully: POST .../evaluations first.`;
    throw new Failure('not_evaluated', detail);
  }
}

function comparedVersions(query: DifferenceQuery, current: number): { readonly from: number; readonly to: number } {
  const to = query.to ?? current;
  return { from: query.from ?? Math.max(1, to - 1), to };
}

function versionOf(begunWith: string, requested: number | undefined): number {
  if (!/^[1-9]\d{0,8}$/.test(begunWith) || (requested !== undefined && String(requested) !== begunWith)) {
    const detail =
      'The cursor belongs to another version. Leave version out, or give the one the first page was asked with.';
    throw invalidParameter('cursor', detail);
  }
  return Number(begunWith);
}
