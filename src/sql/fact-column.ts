/** A column of the facts: what an event, a change of a user and a member of the cohort have in it. */
export interface FactColumn {
  readonly name: string;
  readonly event: string;
  readonly change: string;
  readonly member: string;
}

/** Of a user the last registration given or removed up to the data version: an aggregate of a column, beside CHANGE_VERSION and `registration_given`. */
export const ofLastRegistration = (value: string): string => `argMaxIf(${value}, change_version, registration_given)`;

/** The order of the changes of users, where something is folded over them. */
export const CHANGE_VERSION: FactColumn = {
  name: 'change_version',
  event: '0',
  change: 'seq * 1048576 + position',
  member: '0',
};

/** Whose rows count, where the members of the cohort are not looked up before. */
export const IN_COHORT: FactColumn = { name: 'in_cohort', event: 'false', change: 'false', member: 'true' };
