import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { EvaluationFreshness } from './evaluation-freshness.service.js';
import { LastEvaluations } from './last-evaluations.service.js';
import type { ListCohortsQuery } from './cohort-queries.dto.js';
import { CohortVersionEntity, definitionOf } from './cohort-version.entity.js';
import type { CohortEntity } from './cohort.entity.js';
import { toCohortDto, toVersionDto, type CohortDto, type CohortVersionDto } from './cohort.dto.js';
import { CohortsService } from './cohorts.service.js';
import { cohortsWithCurrent, type CohortWithCurrent } from './with-current.js';
import type { CurrentCohort } from './write-cohort.js';

/** What there is, for people to look through. */
@Injectable()
export class CohortCatalogue {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortsService,
    private readonly evaluations: LastEvaluations,
    private readonly freshness: EvaluationFreshness,
  ) {}

  /** A cohort as it is shown. @throws Failure stored_form_unreadable */
  async shown(property: PropertyEntity, current: CurrentCohort): Promise<CohortDto> {
    definitionOf(current.current);
    const last = await this.evaluations.of(current.current);
    const stale = last && !(await this.freshness.isFresh(property, current.current, last));
    return toCohortDto(current, last, stale);
  }

  /** In the order of creation. */
  async list(property: PropertyEntity, query: ListCohortsQuery): Promise<Page<CohortDto>> {
    const { manager } = this.database;
    const after = decodeCursor(query.cursor, 1)?.[0] ?? '';
    const found = (await this.matching(property, query)
      .andWhere('cohort.id > :after', { after })
      .orderBy('cohort.id')
      .limit(query.limit + 1)
      .getMany()) as CohortWithCurrent[];
    const page = pageOf(found, query.limit, ({ id }) => [id]);
    const last = await this.evaluations.ofAll(
      manager,
      page.data.map(({ current }) => current),
    );
    return page.map((cohort) =>
      toCohortDto({ cohort, current: cohort.current }, last.get(cohort.current) ?? null, null),
    );
  }

  /** The newest first. @throws Failure not_found */
  async versions(property: PropertyEntity, idOrName: string, query: PageQuery): Promise<Page<CohortVersionDto>> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    const found = await this.database.manager
      .createQueryBuilder(CohortVersionEntity, 'version')
      .where({ cohortId: cohort.id })
      .andWhere('version.version < :before', { before: versionNumber(before) })
      .orderBy('version.version', 'DESC')
      .limit(query.limit + 1)
      .getMany();
    const page = pageOf(found, query.limit, ({ version }) => [String(version)]);
    const last = await this.evaluations.ofAll(this.database.manager, page.data);
    return page.map((version) => toVersionDto(version, last.get(version) ?? null));
  }

  private matching(property: PropertyEntity, query: ListCohortsQuery): SelectQueryBuilder<CohortEntity> {
    const found = cohortsWithCurrent(this.database.manager).where('cohort.property_id = :propertyId', {
      propertyId: property.id,
    });
    if (query.archived !== 'any') {
      found.andWhere(`cohort.archived_at IS ${query.archived === 'true' ? 'NOT NULL' : 'NULL'}`);
    }
    if (query.tag !== undefined) found.andWhere(':tag = ANY (cohort.tags)', { tag: query.tag });
    if (query.kind !== undefined) found.andWhere('current.kind = :kind', { kind: query.kind });
    if (query.text !== undefined) {
      found.andWhere(
        `strpos(lower(concat_ws(chr(10), cohort.name, cohort.description, array_to_string(cohort.tags, chr(10)))), lower(:text)) > 0`,
        { text: query.text },
      );
    }
    return found;
  }
}

/** Of a cursor of ours; anything else begins before the first version there can be. */
function versionNumber(text: string | undefined): number {
  if (text === undefined) return 2_147_483_647;
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
