import { Failure } from '../failure.js';

/**
 * Far beyond what people write, and held to what the engine takes. `depth`: levels of rules and sets inside each other;
 * `nodes`: rules and sets, those of named cohorts counted wherever they stand; `filters`: tests on properties and
 * traits in all of them; `bytes`: of the canonical form.
 */
export const DEFINITION_LIMITS = { depth: 16, nodes: 500, filters: 500, users: 100_000, bytes: 200_000 } as const;

export type DefinitionLimit = keyof typeof DEFINITION_LIMITS;

const LIMIT_TEXT: Readonly<Record<DefinitionLimit, string>> = {
  depth: `at most ${DEFINITION_LIMITS.depth} levels of rules and sets`,
  nodes: `at most ${DEFINITION_LIMITS.nodes} rules and sets, those of the cohorts it names counted`,
  filters: `at most ${DEFINITION_LIMITS.filters} tests on properties and traits`,
  users: `at most ${DEFINITION_LIMITS.users} users inline; save a cohort for more`,
  bytes: `at most ${DEFINITION_LIMITS.bytes} bytes, those of the cohorts it names counted`,
};

/** What is beyond a limit: 422 `limit_exceeded` with the limit's name and value. */
export function beyondDefinitionLimit(limit: DefinitionLimit, pointer: string): Failure {
  const detail = `A cohort may have ${LIMIT_TEXT[limit]}.`;
  const name = limit === 'users' ? 'inline_users' : `cohort_${limit}`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], {
    limit: name,
    value: DEFINITION_LIMITS[limit],
  });
}

/** Counts what a body holds while it is read, valid or not: a hostile one costs no more than the largest honest one. */
export class DefinitionBudget {
  #nodes = 0;
  #users = 0;

  /** One more rule or set, so many levels deep. */
  node(depth: number, pointer: string): void {
    this.#nodes += 1;
    if (this.#nodes > DEFINITION_LIMITS.nodes) throw beyondDefinitionLimit('nodes', pointer);
    if (depth > DEFINITION_LIMITS.depth) throw beyondDefinitionLimit('depth', pointer);
  }

  /** A list of so many users. */
  users(count: number, pointer: string): void {
    this.#users += count;
    if (this.#users > DEFINITION_LIMITS.users) throw beyondDefinitionLimit('users', pointer);
  }
}
