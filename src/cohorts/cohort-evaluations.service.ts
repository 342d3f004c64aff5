import { Injectable } from '@nestjs/common';
import { DataSource, In, LessThan, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { definitionHash } from '../core/cohort/definition-hash.js';
import { Failure, invalid } from '../core/failure.js';
import { JobEvents } from '../jobs/job-events.js';
import { isOver } from '../jobs/job-kind.js';
import { JobStore } from '../jobs/job-store.js';
import { JobWatcher } from '../jobs/job-watcher.js';
import { Jobs } from '../jobs/jobs.service.js';
import type { Watched } from '../platform/http/event-stream.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../platform/http/page.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import { toEvaluationDto, type EvaluationDto } from './cohort-evaluation.dto.js';
import { COHORT_EVALUATIONS, CohortEvaluationEntity, listsOf } from './cohort-evaluation.entity.js';
import { CohortStore, requireFound } from './cohort-store.js';
import { definitionOf } from './cohort-version.entity.js';

/** Requests, shows and lists evaluations; workers make them. */
@Injectable()
export class CohortEvaluations {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortStore,
    private readonly definitions: CohortDefinitions,
    private readonly ledger: IngestLedger,
    private readonly jobs: Jobs,
    private readonly watcher: JobWatcher,
    private readonly events: JobEvents,
    private readonly store: JobStore,
    private readonly lists: MemberSetStore,
  ) {}

  /**
   * Evaluates the current version by all data there are; one under way by the same data is joined. Returns its state
   * after `waitMs` at the latest.
   * @throws Failure not_found, invalid_field for a static cohort, unknown_cohort, cohort_cycle, limit_exceeded
   */
  async evaluate(property: PropertyEntity, idOrName: string, waitMs: number): Promise<EvaluationDto> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    if (current.kind === 'static') {
      throw invalid('invalid_field', '', 'A static cohort is its own list of members: there is nothing to evaluate.');
    }
    const { canonical } = await this.definitions.expand(property, definitionOf(current), '');
    const wanted = this.database.manager.create(CohortEvaluationEntity, {
      id: typeid('eval').toString(),
      propertyId: property.id,
      cohortId: cohort.id,
      version: current.version,
      state: 'queued',
      hash: definitionHash(canonical),
      dataVersion: await this.ledger.steadyVersion(property.id),
      asOf: new Date(),
      createdAt: new Date(),
    });
    const { id } = await this.database.transaction((manager) => this.joined(manager, wanted));
    if (id === wanted.id) await this.jobs.enqueue(COHORT_EVALUATIONS, { id });
    if (waitMs > 0) await this.watcher.ended(COHORT_EVALUATIONS, id, waitMs);
    const found = await this.database.manager.findOneBy(CohortEvaluationEntity, { id });
    return toEvaluationDto(requireFound(found, 'The cohort has been deleted while it was evaluated.'));
  }

  /** Its state, when it has an end or after `waitMs`. @throws Failure not_found */
  async get(property: PropertyEntity, idOrName: string, evaluationId: string, waitMs: number): Promise<EvaluationDto> {
    const found = await this.found(property, idOrName, evaluationId);
    if (waitMs <= 0 || isOver(COHORT_EVALUATIONS, found.state)) return toEvaluationDto(found);
    await this.watcher.ended(COHORT_EVALUATIONS, evaluationId, waitMs);
    return toEvaluationDto(await this.found(property, idOrName, evaluationId));
  }

  /** `read` throws not_found where the cohort has no such evaluation. */
  watch(property: PropertyEntity, idOrName: string, evaluationId: string): Watched {
    return this.events.watch(COHORT_EVALUATIONS, async () => {
      const evaluation = await this.found(property, idOrName, evaluationId);
      const { id, state, attempt } = evaluation;
      const isLast = isOver(COHORT_EVALUATIONS, state);
      const data = toEvaluationDto(evaluation);
      return {
        job: { id, state, attempt, progress: null },
        snapshot: { id: `${id}.${attempt}.${state}`, event: state, data, isLast },
      };
    });
  }

  /**
   * Cancels an evaluation without an end, down to the engine; removes one that has ended, with its members.
   * @returns the cancelled evaluation; null: it is removed
   * @throws Failure not_found
   */
  async remove(property: PropertyEntity, idOrName: string, evaluationId: string): Promise<EvaluationDto | null> {
    const { id } = await this.found(property, idOrName, evaluationId);
    const attempt = await this.store.cancel(COHORT_EVALUATIONS, id);
    if (attempt !== null) {
      this.jobs.stop(COHORT_EVALUATIONS, { id, attempt });
      return toEvaluationDto(await this.found(property, idOrName, id));
    }
    const ended = await this.found(property, idOrName, id);
    await this.database.manager.delete(CohortEvaluationEntity, { id });
    await this.lists.drop(property.number, listsOf(ended));
    return null;
  }

  /** One that has found members. @throws Failure not_found, not_evaluated */
  async succeeded(property: PropertyEntity, idOrName: string, evaluationId: string): Promise<CohortEvaluationEntity> {
    const found = await this.found(property, idOrName, evaluationId);
    if (found.state === 'succeeded') return found;
    const detail = `The evaluation is ${found.state}: it has members once it has succeeded.`;
    throw new Failure('not_evaluated', detail);
  }

  private async found(
    property: PropertyEntity,
    idOrName: string,
    evaluationId: string,
  ): Promise<CohortEvaluationEntity> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    const key = { id: evaluationId, cohortId: cohort.id };
    const found = await this.database.manager.findOneBy(CohortEvaluationEntity, key);
    return requireFound(found, 'The cohort has no evaluation with this id.');
  }

  /** The newest first. @throws Failure not_found */
  async list(property: PropertyEntity, idOrName: string, { limit, cursor }: PageQuery): Promise<Page<EvaluationDto>> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    const [before] = decodeCursor(cursor, 1) ?? [];
    const found = await this.database.manager.find(CohortEvaluationEntity, {
      where: { cohortId: cohort.id, ...(before !== undefined && { id: LessThan(before) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ id }) => [id]).map(toEvaluationDto);
  }

  /**
   * Looking and saving are one: of two who request it at once, in whatever processes, one makes it and the other joins.
   */
  private async joined(manager: EntityManager, wanted: CohortEvaluationEntity): Promise<CohortEvaluationEntity> {
    const { cohortId, version, hash, dataVersion } = wanted;
    await takeLock(manager, 'evaluation', cohortId);
    const underWay = await manager.findOne(CohortEvaluationEntity, {
      where: { cohortId, version, hash, dataVersion, state: In(['queued', 'running']) },
      order: { id: 'DESC' },
    });
    if (underWay !== null) return underWay;
    await manager.insert(CohortEvaluationEntity, wanted);
    return wanted;
  }
}
