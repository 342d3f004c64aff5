import type { ExportFormat } from './format.js';

/** How a whole result is to be told. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Whether texts that a spreadsheet would take for a formula get an apostrophe in CSV. */
  readonly escapesFormulas: boolean;
  /** Aborts when the reader is gone. */
  readonly signal: AbortSignal;
}
