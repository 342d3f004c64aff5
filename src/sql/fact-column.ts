/** A column of the facts: what an event, a change of a user and a member of the cohort have in it. */
export interface FactColumn {
  readonly name: string;
  readonly event: string;
  readonly change: string;
  readonly member: string;
}

/** The order of the changes of users, where something is folded over them. */
export const CHANGE_VERSION: FactColumn = {
  name: 'change_version',
  event: '0',
  change: 'seq * 1048576 + position',
  member: '0',
};
