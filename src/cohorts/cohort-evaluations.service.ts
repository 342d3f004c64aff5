import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, LessThan, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { definitionHash } from '../core/cohort/definition-hash.js';
import { Failure, invalid } from '../core/failure.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../platform/http/page.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import { ProcessLiveness } from '../stores/postgres/process-liveness.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import { toEvaluationDto, type EvaluationDto } from './cohort-evaluation.dto.js';
import { CohortEvaluationEntity } from './cohort-evaluation.entity.js';
import { CohortEvaluator } from './cohort-evaluator.service.js';
import { definitionOf } from './cohort-version.entity.js';
import { CohortsService } from './cohorts.service.js';
import { requireFound } from './require-found.js';

const LOOK_AGAIN_MS = 100;
const DEAD = {
  code: 'internal_error',
  detail: 'The process that worked on it has ended. Evaluate the cohort again.',
  retryable: true,
} as const;

@Injectable()
export class CohortEvaluations {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortsService,
    private readonly definitions: CohortDefinitions,
    private readonly evaluator: CohortEvaluator,
    private readonly ledger: IngestLedger,
    private readonly instance: ProcessLiveness,
  ) {}

  /**
   * Evaluates the current version by all data there are; one under way by the same data is joined. Returns its state after `waitMs` at the latest.
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
      state: 'running',
      instanceId: this.instance.id,
      hash: definitionHash(canonical),
      dataVersion: await this.ledger.steadyVersion(property.id),
      asOf: new Date(),
      startedAt: new Date(),
    });
    const { evaluation, dead } = await this.database.transaction((manager) => this.joined(manager, wanted));
    if (evaluation === wanted) this.evaluator.begin(property, wanted, canonical);
    for (const one of dead) await this.fail(property, one);
    return await this.after(property, evaluation, waitMs);
  }

  /** @throws Failure not_found */
  async get(property: PropertyEntity, idOrName: string, evaluationId: string): Promise<EvaluationDto> {
    return toEvaluationDto(await this.found(property, idOrName, evaluationId));
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
    const found = await this.database.manager.findOneBy(CohortEvaluationEntity, {
      id: evaluationId,
      cohortId: cohort.id,
    });
    return await this.settled(property, requireFound(found, 'The cohort has no evaluation with this id.'));
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
    const page = pageOf(found, limit, ({ id }) => [id]);
    for (const evaluation of page.data) await this.settled(property, evaluation);
    return page.map(toEvaluationDto);
  }

  /** Looking and saving are one: of two who ask at once, in whatever processes, one starts it and the other joins. */
  private async joined(manager: EntityManager, wanted: CohortEvaluationEntity): Promise<Joined> {
    const { cohortId, version, hash, dataVersion } = wanted;
    await takeLock(manager, 'evaluation', cohortId);
    const running = await manager.find(CohortEvaluationEntity, {
      where: { cohortId, version, hash, dataVersion, state: 'running' },
      order: { id: 'DESC' },
    });
    const dead: CohortEvaluationEntity[] = [];
    for (const evaluation of running) {
      if (await this.instance.isAlive(evaluation.instanceId)) return { evaluation, dead };
      dead.push(evaluation);
    }
    await manager.insert(CohortEvaluationEntity, wanted);
    return { evaluation: wanted, dead };
  }

  private async after(
    property: PropertyEntity,
    evaluation: CohortEvaluationEntity,
    waitMs: number,
  ): Promise<EvaluationDto> {
    const endMs = performance.now() + waitMs;
    const { id } = evaluation;
    for (;;) {
      const found = await this.settled(property, await this.row(id));
      const leftMs = endMs - performance.now();
      if (found.state !== 'running' || leftMs <= 0) return toEvaluationDto(found);
      const pause = sleep(Math.min(LOOK_AGAIN_MS, leftMs));
      await Promise.race([pause, ...(evaluation.instanceId === this.instance.id ? [this.evaluator.ended(id)] : [])]);
    }
  }

  /** One whose process has died will have no other end. */
  private async settled(property: PropertyEntity, evaluation: CohortEvaluationEntity): Promise<CohortEvaluationEntity> {
    if (evaluation.state !== 'running' || (await this.instance.isAlive(evaluation.instanceId))) return evaluation;
    await this.fail(property, evaluation);
    return Object.assign(evaluation, await this.row(evaluation.id));
  }

  private async row(id: string): Promise<CohortEvaluationEntity> {
    const found = await this.database.manager.findOneBy(CohortEvaluationEntity, { id });
    return requireFound(found, 'The cohort has been deleted while it was evaluated.');
  }

  private async fail(property: PropertyEntity, { id }: CohortEvaluationEntity): Promise<void> {
    const end = { state: 'failed', error: DEAD, finishedAt: new Date() } as const;
    const { affected } = await this.database.manager.update(CohortEvaluationEntity, { id, state: 'running' }, end);
    if (affected !== 0) await this.evaluator.clear(property, id);
  }
}

interface Joined {
  readonly evaluation: CohortEvaluationEntity;
  /** Those of the same that nobody works on any more. */
  readonly dead: readonly CohortEvaluationEntity[];
}
