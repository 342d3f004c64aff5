/** The data that a statement reads: those of one property, up to a data version and an instant. */
export interface DataScope {
  readonly propertyNumber: number;
  /** Rows with a higher ingest sequence are not read. */
  readonly dataVersion: number;
  /** Events at or after it are not seen, and who is registered then is not registered yet. UTC milliseconds. */
  readonly asOfMs: number;
}
