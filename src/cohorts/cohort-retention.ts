import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../platform/config/config.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { Housekeeping } from '../stores/postgres/housekeeping.js';
import { listsOf } from './cohort-evaluation.entity.js';

/** Lists of members that one step removes from the engine. */
const BATCH = 50;

/** A row that is to be removed, with the list of members in the engine that belongs to it. */
interface Over {
  readonly property_id: string;
  readonly number: number;
  /** The hash of a list, or the id of an evaluation. */
  readonly key: string;
  /** Of an evaluation, whose attempts have a list each. */
  readonly attempt: number | null;
}

/** Evaluations finished before $1, but for the last of each version that succeeded. */
const EVALUATIONS = `
  SELECT one.id AS key, one.attempt, one.property_id, properties.number FROM cohort_evaluations AS one JOIN properties ON properties.id = one.property_id
  WHERE one.finished_at < $1 AND (one.state <> 'succeeded' OR EXISTS (
    SELECT 1 FROM cohort_evaluations AS later
    WHERE later.cohort_id = one.cohort_id AND later.version = one.version AND later.state = 'succeeded'
      AND (later.data_version, later.as_of, later.id) > (one.data_version, one.as_of, one.id)))
  ORDER BY one.finished_at LIMIT ${BATCH} FOR UPDATE OF one SKIP LOCKED`;

/** Versions that were superseded before $1. */
const VERSIONS = `
  SELECT old.cohort_id, old.version FROM cohort_versions AS old JOIN cohorts ON cohorts.id = old.cohort_id
  WHERE old.created_at < $1 AND old.version < cohorts.version AND EXISTS (
    SELECT 1 FROM cohort_versions AS later WHERE later.cohort_id = old.cohort_id AND later.version > old.version AND later.created_at < $1)
  ORDER BY old.created_at LIMIT ${BATCH} FOR UPDATE OF old SKIP LOCKED`;

const EVALUATIONS_OF_VERSIONS = `
  SELECT one.id AS key, one.attempt, one.property_id, properties.number FROM cohort_evaluations AS one JOIN properties ON properties.id = one.property_id
  WHERE (one.cohort_id, one.version) IN (SELECT * FROM unnest($1::text[], $2::integer[]))`;

/**
 * Lists not used since $1 that no version of a cohort reads and no run: neither a queued or running one, nor one whose
 * rows of users may yet be stored. `used_at` may be half a day late (member-sets.service.ts).
 */
const LISTS = `
  SELECT one.hash AS key, NULL::integer AS attempt, one.property_id, properties.number FROM member_sets AS one JOIN properties ON properties.id = one.property_id
  WHERE one.used_at < $1
    AND NOT EXISTS (
      SELECT 1 FROM cohort_versions JOIN cohorts ON cohorts.id = cohort_id
      WHERE cohorts.property_id = one.property_id AND (set_hash = one.hash OR strpos(definition::text, one.hash) > 0))
    AND NOT EXISTS (
      SELECT 1 FROM runs
      WHERE runs.property_id = one.property_id AND (state IN ('queued', 'running') OR state = 'succeeded' AND gone_at IS NULL AND NOT rows_stored)
        AND strpos(canonical::text, one.hash) > 0)
  ORDER BY one.used_at LIMIT ${BATCH} FOR UPDATE OF one SKIP LOCKED`;

/**
 * Removes old evaluations and versions of cohorts, and unused lists of members. Lists are dropped from the engine
 * before their rows are deleted: after a crash in between, the next sweep finds them again.
 */
@Injectable()
export class CohortRetention implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly lists: MemberSetStore,
    private readonly config: Config,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    const { evaluationKeepMs, versionKeepMs, listKeepMs } = this.config;
    const removed = (sql: string, table: string, column: string) => (manager: EntityManager, before: Date) =>
      this.removeLists(manager, table, column, sql, [before]);
    this.housekeeping.add(
      this.chore('cohort_versions', versionKeepMs, (manager, before) => this.removeVersions(manager, before)),
      this.chore('evaluations', evaluationKeepMs, removed(EVALUATIONS, 'cohort_evaluations', 'id')),
      this.chore('member_lists', listKeepMs, removed(LISTS, 'member_sets', 'hash')),
      { kind: 'member_list_bytes', step: () => this.lists.rewriteIfWorthIt().then(() => 0) },
    );
  }

  private chore(kind: string, keepMs: number, remove: (manager: EntityManager, before: Date) => Promise<number>) {
    const step = async (now: Date): Promise<number> => {
      if (keepMs === 0) return 0;
      return await this.database.transaction((manager) => remove(manager, new Date(now.getTime() - keepMs)));
    };
    return { kind, step };
  }

  private async removeLists(
    manager: EntityManager,
    table: string,
    column: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<number> {
    const over: Over[] = await manager.query(sql, [...values]);
    for (const [number, lists] of byProperty(over)) await this.lists.drop(number, lists);
    await manager.query(
      `DELETE FROM ${table} WHERE (property_id, ${column}) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      [over.map(({ property_id: id }) => id), over.map(({ key }) => key)],
    );
    return over.length;
  }

  private async removeVersions(manager: EntityManager, before: Date): Promise<number> {
    const versions: { cohort_id: string; version: number }[] = await manager.query(VERSIONS, [before]);
    const keys = [versions.map(({ cohort_id: id }) => id), versions.map(({ version }) => version)];
    await this.removeLists(manager, 'cohort_evaluations', 'id', EVALUATIONS_OF_VERSIONS, keys);
    await manager.query(
      'DELETE FROM cohort_versions WHERE (cohort_id, version) IN (SELECT * FROM unnest($1::text[], $2::integer[]))',
      keys,
    );
    return versions.length;
  }
}

/** The names of lists in the engine, by the number of their property. */
function byProperty(over: readonly Over[]): ReadonlyMap<number, readonly string[]> {
  const lists = new Map<number, string[]>();
  for (const { number, key, attempt } of over) {
    const names = attempt === null ? [key] : listsOf({ id: key, attempt });
    lists.set(number, [...(lists.get(number) ?? []), ...names]);
  }
  return lists;
}
