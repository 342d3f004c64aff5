import type { DefinitionPlan, Membership } from '../../core/cohort/definition-plan.js';
import { ParamList, type CompiledQuery } from '../compiled-query.js';
import type { ExportedList, ListColumn } from '../export/compile-list.js';

/**
 * ClickHouse: lists lie in the order of their members, so that joins by merging read them once, side by side, and hold
 * nothing in memory: two of five million are intersected in well under a second, where grouping or hashing them takes
 * five and more than a gigabyte.
 */
const BY_MERGING_SETTINGS = `join_algorithm = 'full_sorting_merge', max_rows_in_set_to_optimize_join = 0`;
const BY_MERGING = `SETTINGS ${BY_MERGING_SETTINGS}`;

/**
 * Whether a cohort is made of lists alone, each of them named once; then it is read off them without looking at
 * anything else.
 */
export function isOfLists({ lists, membership }: DefinitionPlan): boolean {
  const leaves = leavesOf(membership);
  return leaves.every(({ kind }) => kind === 'member') && leaves.length === lists.length;
}

/** A SELECT as `compileDefinition` gives it, of a cohort that `isOfLists`. */
export function compileLists(plan: DefinitionPlan, propertyNumber: number, params: ParamList): string {
  const property = params.add('UInt32', propertyNumber);
  return `${new ListCompiler(plan.lists, property, params).compile(plan.membership)}
${BY_MERGING}`;
}

function leavesOf(membership: Membership): readonly Membership[] {
  switch (membership.kind) {
    case 'and':
    case 'or':
      return membership.of.flatMap(leavesOf);
    case 'not':
      return leavesOf(membership.of);
    default:
      return [membership];
  }
}

class ListCompiler {
  constructor(
    private readonly lists: readonly string[],
    private readonly property: string,
    private readonly params: ParamList,
  ) {}

  /** A SELECT of `user_id`, each once. User ids are never empty, so that an empty one says that a join found nobody. */
  compile(membership: Membership): string {
    switch (membership.kind) {
      case 'member':
        // ClickHouse: a list written twice has its rows twice until parts merge; FINAL keeps the order, DISTINCT does
        // not.
        return `SELECT user_id FROM member_sets FINAL WHERE property = ${this.property} AND set_hash = ${this.params.add('String', this.lists[membership.list] ?? '')}`;
      case 'and':
        return this.#difference(
          membership.of.filter(({ kind }) => kind !== 'not'),
          membership.of.flatMap((one) => (one.kind === 'not' ? [one.of] : [])),
        );
      case 'or':
        return this.#joined(membership.of, 'FULL', `if(l.user_id = '', r.user_id, l.user_id)`);
      default:
        throw new Error(`No list tells who is in a ${membership.kind}`);
    }
  }

  #difference(inAll: readonly Membership[], inNone: readonly Membership[]): string {
    const first = this.#joined(inAll, 'INNER', 'l.user_id');
    const without = (left: string, right: Membership): string =>
      this.#join(left, this.compile(right), 'LEFT', 'l.user_id', ` WHERE r.user_id = ''`);
    return inNone.reduce(without, first);
  }

  #joined(of: readonly Membership[], kind: string, user: string): string {
    const [first, ...others] = of.map((one) => this.compile(one));
    if (first === undefined) throw new Error('A set of nothing');
    return others.reduce((left, right) => this.#join(left, right, kind, user, ''), first);
  }

  #join(left: string, right: string, kind: string, user: string, where: string): string {
    return `SELECT ${user} AS user_id
FROM (${left}) AS l
${kind} JOIN (${right}) AS r ON l.user_id = r.user_id${where}`;
  }
}

/** Two different member lists of a property, by the names under which the engine has them. */
export interface TwoLists {
  readonly propertyNumber: number;
  readonly from: string;
  readonly to: string;
}

export interface ChangedMember {
  readonly user: string;
  readonly entered: boolean;
}

/** At most `limit` users after `after` who are in one of the lists only, by the bytes of their ids. */
export function compileDifference(lists: TwoLists, after: string, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `${changedMembers(lists, after, params)}
ORDER BY user
LIMIT ${params.add('UInt32', limit)}
${BY_MERGING}`;
  return { sql, params: params.values };
}

/** A SELECT of all of them, in no order. */
function changedMembers(lists: TwoLists, after: string, params: ParamList): string {
  return `SELECT if(r.user_id = '', l.user_id, r.user_id) AS user, CAST(l.user_id = '', 'Bool') AS entered
FROM ${sideBySide(lists, after, params)}
WHERE l.user_id = '' OR r.user_id = ''`;
}

export function compileDifferenceCounts(lists: TwoLists): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT countIf(l.user_id = '') AS entered, countIf(r.user_id = '') AS \`left\`
FROM ${sideBySide(lists, '', params)}
${BY_MERGING}`;
  return { sql, params: params.values };
}

/**
 * `l` is the old list, `r` the later; an empty id says that the user is not in it. Merged as they lie on disk, as lists
 * of millions do not fit into memory.
 */
function sideBySide({ propertyNumber, from, to }: TwoLists, after: string, params: ParamList): string {
  const property = params.add('UInt32', propertyNumber);
  const behind = params.add('String', after);
  // ClickHouse: a list written twice has its rows twice until parts merge.
  const list = (hash: string): string =>
    `SELECT user_id FROM member_sets FINAL WHERE property = ${property} AND set_hash = ${params.add('String', hash)} AND user_id > ${behind}`;
  return `(${list(from)}) AS l
FULL JOIN (${list(to)}) AS r ON l.user_id = r.user_id`;
}

const USER: ListColumn = { name: 'user', type: 'text', nullable: false };

/** All members of a list, or those whose id has `text` in it in any case, by the bytes of their ids. */
export function memberList(propertyNumber: number, setHash: string, text?: string): ExportedList {
  return {
    columns: [USER],
    // ClickHouse: a list written twice has its rows twice until parts merge; FINAL keeps the order, DISTINCT does not.
    rows: (params: ParamList) => `SELECT user_id AS user
FROM member_sets FINAL
WHERE property = ${params.add('UInt32', propertyNumber)} AND set_hash = ${params.add('String', setHash)}${idHas(text, params)}`,
    order: 'user',
    settings: null,
  };
}

/** A condition on `user_id`, behind others: it has the text in it, in any case; nothing where there is no text. */
export function idHas(text: string | undefined, params: ParamList): string {
  return text === undefined ? '' : ` AND positionCaseInsensitiveUTF8(user_id, ${params.add('String', text)}) > 0`;
}

/** All users who are in one of two lists only, by the bytes of their ids. */
export function differenceList(lists: TwoLists): ExportedList {
  return {
    columns: [USER, { name: 'change', type: 'word', nullable: false }],
    rows: (params) => `SELECT user, if(entered, 'entered', 'left') AS change
FROM (${changedMembers(lists, '', params)})`,
    order: 'user',
    settings: BY_MERGING_SETTINGS,
  };
}

/** A difference without rows. */
export function noDifference(): ExportedList {
  return {
    columns: [USER, { name: 'change', type: 'word', nullable: false }],
    rows: () => `SELECT '' AS user, '' AS change WHERE false`,
    order: 'user',
    settings: null,
  };
}
