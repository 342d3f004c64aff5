import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SetHash } from '../core/ids.js';
import { readDefinition } from '../core/stored/read-definition.js';
import type { SavedDefinition } from '../core/cohort/definition.js';

export const COHORT_KINDS = ['static', 'rule', 'set'] as const;
export type CohortKind = (typeof COHORT_KINDS)[number];

/**
 * A version of a cohort, which never changes: a static one is a list of members, by its hash; a rule or set is a
 * definition.
 */
@Entity('cohort_versions')
@Index(['createdAt'])
@Check('cohort_versions_kind', "kind in ('static', 'rule', 'set')")
export class CohortVersionEntity {
  @PrimaryColumn('text')
  cohortId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('text', { default: 'static' })
  kind!: CohortKind;

  /** Static: SHA-256 of the members. */
  @Column('text', { nullable: true })
  setHash!: SetHash | null;

  /** Static: distinct members. */
  @Column('integer', { nullable: true })
  size!: number | null;

  /** Rule and set. */
  @Column('json', { nullable: true })
  definition!: SavedDefinition | null;

  /** The stored form of the definition (core/stored). Rows written by programs without this column have form 1. */
  @Column('integer', { default: 1 })
  form!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/**
 * The definition of a version; that of a static one is its list.
 * @throws Failure stored_form_unreadable
 */
export function definitionOf({ definition, form, setHash }: CohortVersionEntity): SavedDefinition {
  if (definition !== null) return readDefinition(definition, form);
  if (setHash === null) throw new Error('A version without a definition');
  return { members: setHash };
}
