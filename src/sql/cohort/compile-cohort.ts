import type { DefinitionPlan } from '../../core/cohort/definition-plan.js';
import type { RunPlan, RunTarget } from '../../core/request/run-plan.js';
import { dateTime, ParamList, scanSettings, type CompiledQuery } from '../compiled-query.js';
import { compileDefinition, type DefinitionScope } from './compile-definition.js';

/** Users of a preview. */
export const SAMPLE_SIZE = 10;

export interface PreviewRow {
  readonly size: number;
  readonly sample: readonly string[];
}

/** Writes the cohort of a run down once, for all the places in which its statement reads it. */
export function compileRunCohort(plan: DefinitionPlan, scope: DefinitionScope, target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const columns = `${params.add('String', target.runId)}, ${params.add('UInt16', target.attempt)}, user_id`;
  const sql = `INSERT INTO run_cohorts (run_id, attempt, user_id)
SELECT ${columns} FROM (
${compileDefinition(plan, scope, params)}
)`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

/** Writes the members of a cohort down as a list of that name. */
export function compileMemberList(plan: DefinitionPlan, scope: DefinitionScope, list: string): CompiledQuery {
  const params = new ParamList();
  const columns = `${params.add('UInt32', scope.propertyNumber)}, ${params.add('String', list)}, user_id`;
  const sql = `INSERT INTO member_sets (property, set_hash, user_id)
SELECT ${columns} FROM (
${compileDefinition(plan, scope, params)}
)`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

/** How many are in the cohort, and some of them: always the same ones of the same members, but no particular ones. */
export function compilePreview(plan: DefinitionPlan, scope: DefinitionScope): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT count() AS size, arrayMap(drawn -> drawn.2, groupArraySorted(${SAMPLE_SIZE})((cityHash64(user_id), user_id))) AS sample
FROM (
${compileDefinition(plan, scope, params)}
)`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

/**
 * How long a list is, and whether passing time alone may change who is in its cohort: something on record lies at or
 * after as_of.
 */
export function compileListFacts(scope: DefinitionScope, list: string): CompiledQuery {
  const params = new ParamList();
  const property = params.add('UInt32', scope.propertyNumber);
  const dataVersion = params.add('UInt64', scope.dataVersion);
  const asOf = dateTime(scope.asOfMs, params);
  const visible = `property = ${property} AND seq <= ${dataVersion}`;
  const sql = `SELECT
    (SELECT count() FROM member_sets WHERE property = ${property} AND set_hash = ${params.add('String', list)}) AS size,
    (SELECT count() FROM (SELECT 1 FROM events WHERE ${visible} AND time >= ${asOf} LIMIT 1)) > 0
        OR (SELECT count() FROM (SELECT 1 FROM user_changes WHERE ${visible} AND registered_at >= ${asOf} LIMIT 1)) > 0 AS moves`;
  return { sql, params: params.values };
}

/**
 * Members up to this weight are looked up in a set in memory, so that rows of other users are skipped; heavier lists
 * (about two million short ids) are joined while all users are gathered, which may spill to disk. ClickHouse: a set of
 * ten million takes more than a query may by default.
 */
export const MAX_LOOKED_UP_BYTES = 150_000_000;

/** What a user takes in a set, beside the bytes of the id. */
const BYTES_OF_AN_ENTRY = 64;

export interface MemberWeight {
  readonly users: number;
  readonly bytes: number;
}

/** Of all members of some lists together. */
export function compileListWeight(propertyNumber: number, lists: readonly string[]): CompiledQuery {
  const params = new ParamList();
  const [property, hashes] = [params.add('UInt32', propertyNumber), params.add('Array(String)', lists)];
  return weigh(`FROM member_sets WHERE property = ${property} AND set_hash IN ${hashes}`, params);
}

/** Users of all, who are not listed anywhere: about as many as there are (`uniq`). */
export function compileUserCount({ propertyNumber, dataVersion }: RunPlan): CompiledQuery {
  const params = new ParamList();
  const [property, version] = [params.add('UInt32', propertyNumber), params.add('UInt64', dataVersion)];
  const visible = `WHERE property = ${property} AND seq <= ${version}`;
  const sql = `SELECT toFloat64(uniq(user_id)) AS users
FROM (SELECT user_id FROM events ${visible} UNION ALL SELECT user_id FROM user_changes ${visible})`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

/** Of the cohort that a run has written down. */
export function compileRunCohortWeight({ runId, attempt }: RunTarget): CompiledQuery {
  const params = new ParamList();
  const [run, number] = [params.add('String', runId), params.add('UInt16', attempt)];
  return weigh(`FROM run_cohorts WHERE run_id = ${run} AND attempt = ${number}`, params);
}

function weigh(from: string, params: ParamList): CompiledQuery {
  return {
    sql: `SELECT toFloat64(count()) AS users, toFloat64(sum(length(user_id) + ${BYTES_OF_AN_ENTRY})) AS bytes ${from}`,
    params: params.values,
  };
}
