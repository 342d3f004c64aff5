import type { RunTarget } from '../../core/request/run-plan.js';
import type { CompiledQuery } from '../compiled-query.js';
import { ParamList } from '../param-list.js';

/**
 * Members up to this weight are looked up in a set in memory, which skips whatever the others did; heavier ones (about two million of short ids) are told among all
 * users when these are gathered, which may go by way of the disk. ClickHouse: a set of ten million takes more than a query may by default.
 */
export const MAX_LOOKED_UP_BYTES = 150_000_000;

/** What a user takes in a set, beside the bytes of the id. */
const BYTES_OF_AN_ENTRY = 64;

export interface MemberWeight {
  readonly bytes: number;
}

/** Of all members of some lists together. */
export function compileListWeight(propertyNumber: number, lists: readonly string[]): CompiledQuery {
  const params = new ParamList();
  const [property, hashes] = [params.add('UInt32', propertyNumber), params.add('Array(String)', lists)];
  return weigh(`FROM member_sets WHERE property = ${property} AND set_hash IN ${hashes}`, params);
}

/** Of the cohort that a run has written down. */
export function compileRunCohortWeight({ runId, attempt }: RunTarget): CompiledQuery {
  const params = new ParamList();
  const [run, number] = [params.add('String', runId), params.add('UInt16', attempt)];
  return weigh(`FROM run_cohorts WHERE run_id = ${run} AND attempt = ${number}`, params);
}

function weigh(from: string, params: ParamList): CompiledQuery {
  return {
    sql: `SELECT toFloat64(sum(length(user_id) + ${BYTES_OF_AN_ENTRY})) AS bytes ${from}`,
    params: params.values,
  };
}
