import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { invalidParameter } from '../core/failure.js';
import { DELIMITERS, type Delimiter } from '../core/ingest/csv-scanner.js';
import { ENCODINGS, type Encoding } from './body-text.js';

const DELIMITER_NAMES = Object.keys(DELIMITERS) as Delimiter[];
const ESCAPES = ['formula', 'none'] as const;

/** Query parameters of every body that may be CSV of another program. */
export class CsvFormatQuery {
  @ApiPropertyOptional({ enum: DELIMITER_NAMES, default: 'comma', description: 'CSV: what stands between cells.' })
  @IsOptional()
  @IsIn(DELIMITER_NAMES, { message: `delimiter must be one of ${DELIMITER_NAMES.join(', ')}` })
  delimiter?: Delimiter;

  @ApiPropertyOptional({ enum: ENCODINGS, default: 'utf-8', description: 'CSV: how its characters are written.' })
  @IsOptional()
  @IsIn(ENCODINGS, { message: `encoding must be one of ${ENCODINGS.join(', ')}` })
  encoding?: Encoding;

  @ApiPropertyOptional({
    enum: ESCAPES,
    default: 'formula',
    description:
      'CSV: formula takes the apostrophe off that exports put before what a spreadsheet would run; none leaves texts as they are.',
  })
  @IsOptional()
  @IsIn(ESCAPES, { message: `escape must be one of ${ESCAPES.join(', ')}` })
  escape?: (typeof ESCAPES)[number];
}

/** How the characters and cells of a CSV body are written. */
export interface CsvFormat {
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  /** Whether an apostrophe before what a spreadsheet would run was put there by an export. */
  readonly isEscaped: boolean;
}

export function csvFormat({ encoding = 'utf-8', delimiter = 'comma', escape }: CsvFormatQuery): CsvFormat {
  return { encoding, delimiter, isEscaped: escape !== 'none' };
}

/**
 * Refuses parameters that only CSV has, beside another body. `own`: those of the route, beside the ones of every CSV
 * body.
 *
 * @throws Failure invalid_parameter
 */
export function refuseCsvParameters({ delimiter, encoding, escape }: CsvFormatQuery, own: object): void {
  const given = Object.entries({ delimiter, encoding, escape, ...own }).find(([, value]) => value !== undefined);
  if (given) throw invalidParameter(given[0], `${given[0]} is for CSV: send the body as text/csv, or leave it out.`);
}
