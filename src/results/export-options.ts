import type { CsvStyle } from '../sql/export/csv-sql.js';
import type { ExportFormat } from './format.js';

/** How a whole result is to be told. */
export interface ExportOptions {
  readonly format: ExportFormat;
  readonly csv: CsvStyle;
  /** Aborts when the reader is gone. */
  readonly signal: AbortSignal;
}
