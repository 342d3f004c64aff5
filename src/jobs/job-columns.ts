import { Column } from 'typeorm';

/** The columns by which a row is a job, in the table of every kind. What they mean is in `JobStore`. */
export abstract class JobColumns {
  /** The fencing token: rises with every start; a write with an older one is refused. */
  @Column('integer', { default: 0 })
  attempt!: number;

  /**
   * Starts that do not count against the limit of attempts: those that were handed back, at a shutdown or as the engine
   * was away, and those of work that was requested before.
   */
  @Column('integer', { default: 0 })
  handedBack!: number;

  /** Until when a job under way belongs to its worker, by the database's clock. */
  @Column('timestamptz', { nullable: true })
  leasedUntil!: Date | null;

  /** When the engine was first away under it, by the database's clock. */
  @Column('timestamptz', { nullable: true })
  engineLostAt!: Date | null;
}
