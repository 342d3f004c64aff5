import { Injectable } from '@nestjs/common';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { EvaluationFreshness } from './evaluation-freshness.service.js';
import { LastEvaluations } from './last-evaluations.service.js';
import type { ListCohortsQuery } from './cohort-queries.dto.js';
import { CohortStore, type CurrentCohort } from './cohort-store.js';
import { definitionOf } from './cohort-version.entity.js';
import { toCohortDto, toVersionDto, type CohortDto, type CohortVersionDto } from './cohort.dto.js';

/** Reads cohorts and versions as the API shows them. */
@Injectable()
export class CohortCatalogue {
  constructor(
    private readonly cohorts: CohortStore,
    private readonly evaluations: LastEvaluations,
    private readonly freshness: EvaluationFreshness,
  ) {}

  /** A cohort with its last evaluation, and whether that is stale. @throws Failure stored_form_unreadable */
  async shown(property: PropertyEntity, current: CurrentCohort): Promise<CohortDto> {
    definitionOf(current.current);
    const last = await this.evaluations.of(current.current);
    const stale = last && !(await this.freshness.isFresh(property, current.current, last));
    return toCohortDto(current, last, stale);
  }

  /** A page of cohorts in the order of creation; whether their evaluations are stale is not looked up. */
  async list(property: PropertyEntity, query: ListCohortsQuery): Promise<Page<CohortDto>> {
    const after = decodeCursor(query.cursor, 1)?.[0] ?? '';
    const found = await this.cohorts.list(property, query, after, query.limit + 1);
    const page = pageOf(found, query.limit, ({ cohort }) => [cohort.id]);
    const last = await this.evaluations.ofAll(page.data.map(({ current }) => current));
    return page.map((shown) => toCohortDto(shown, last.get(shown.current) ?? null, null));
  }

  /** A page of versions, the newest first. @throws Failure not_found */
  async versions(property: PropertyEntity, idOrName: string, query: PageQuery): Promise<Page<CohortVersionDto>> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    const found = await this.cohorts.versions(cohort.id, versionNumber(before), query.limit + 1);
    const page = pageOf(found, query.limit, ({ version }) => [String(version)]);
    const last = await this.evaluations.ofAll(page.data);
    return page.map((version) => toVersionDto(version, last.get(version) ?? null));
  }
}

/** The number in a cursor (undefined: above every version); 0, below every version, for any other text. */
function versionNumber(text: string | undefined): number {
  if (text === undefined) return 2_147_483_647;
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
