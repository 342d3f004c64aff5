import type { ExportedList, ListColumn } from '../export/compile-list.js';
import type { ParamList } from '../param-list.js';
import { changedMembers, type TwoLists } from './compile-difference.js';
import { BY_MERGING_SETTINGS } from './compile-lists.js';

const USER: ListColumn = { name: 'user', type: 'text', nullable: false };

/** All members of a list, by the bytes of their ids. */
export function memberList(propertyNumber: number, setHash: string): ExportedList {
  return {
    columns: [USER],
    // ClickHouse: a list written twice has its rows twice until parts merge; FINAL keeps the order, DISTINCT does not.
    rows: (params: ParamList) => `SELECT user_id AS user
FROM member_sets FINAL
WHERE property = ${params.add('UInt32', propertyNumber)} AND set_hash = ${params.add('String', setHash)}`,
    order: 'user',
    settings: null,
  };
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

/** What the columns of a difference are, of which nobody is told. */
export function noDifference(): ExportedList {
  return {
    columns: [USER, { name: 'change', type: 'word', nullable: false }],
    rows: () => `SELECT '' AS user, '' AS change WHERE false`,
    order: 'user',
    settings: null,
  };
}
