import { parseCohortName } from '../core/cohort/parse-cohort.js';
import { parseUserId } from '../core/cohort/user-id.js';
import { Problems } from '../core/problems.js';
import type { CohortBodyDto } from './cohort-body.dto.js';

export interface CohortFields {
  readonly name: string;
  readonly users: readonly string[];
  readonly tags: readonly string[];
}

/** The users whose ids are wrong and that are named; the rest is not looked at. */
const REPORTED_USERS = 20;

/** What class-validator cannot say, or not for 100,000 members in a few milliseconds. Tags are distinct, in the order given. */
export function parseCohortBody(body: CohortBodyDto): CohortFields {
  const problems = new Problems();
  const name = problems.take(() => parseCohortName(body.name, '/name')) ?? '';
  checkUsers(body.static.users, problems);
  problems.throwIfAny();
  return { name, users: body.static.users, tags: [...new Set(body.tags)] };
}

function checkUsers(users: readonly unknown[], problems: Problems): void {
  let wrong = 0;
  for (const [index, user] of users.entries()) {
    if (problems.take(() => parseUserId(user, `/static/users/${index}`)) === undefined && ++wrong === REPORTED_USERS) {
      return;
    }
  }
}
