import { memberSetSteps, type MemberSet } from '../../src/core/cohort/member-set-hash.js';

/** `memberSetSteps` in one go. */
export function memberSetHash(users: readonly string[]): MemberSet {
  const steps = memberSetSteps(users);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
