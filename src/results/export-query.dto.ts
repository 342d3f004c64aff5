import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { WholeNumber } from '../platform/http/query-parameters.js';
import { FORMAT_NAMES, type Format } from './export-format.js';

const ESCAPES = ['formula', 'none'] as const;
const FLAGS = ['true', 'false'] as const;
const DECIMALS = ['point', 'comma'] as const;
/** What may stand between the cells of a line of CSV, by the names that uploads have for them. */
export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;
const DELIMITER_NAMES = Object.keys(DELIMITERS) as (keyof typeof DELIMITERS)[];
const LIMIT = 'limit must be a whole number from 1 to 1000';
const CURSOR = 'cursor must be next_cursor of the page before';

/** Query of what can be exported. */
export class ExportQuery {
  @ApiPropertyOptional({
    enum: FORMAT_NAMES,
    description: 'Instead of Accept. Of a list json gives a page, every other format all of it.',
  })
  @IsOptional()
  @IsIn(FORMAT_NAMES, { message: `format must be one of ${FORMAT_NAMES.join(', ')}` })
  format?: Format;

  @ApiPropertyOptional({
    enum: ESCAPES,
    default: 'formula',
    description:
      'Of CSV: `formula` puts an apostrophe before a text that a spreadsheet would take for a formula, `none` leaves every text as it is.',
  })
  @IsOptional()
  @IsIn(ESCAPES, { message: `escape must be one of ${ESCAPES.join(', ')}` })
  escape?: (typeof ESCAPES)[number];

  @ApiPropertyOptional({
    enum: FLAGS,
    default: 'false',
    description:
      'Of CSV: for people who open it in a spreadsheet. It begins with a byte order mark, and a text that would be taken for a number or a date is written as `="…"`, which keeps all its digits.',
  })
  @IsOptional()
  @IsIn(FLAGS, { message: 'excel must be true or false' })
  excel?: (typeof FLAGS)[number];

  @ApiPropertyOptional({
    enum: DELIMITER_NAMES,
    default: 'comma',
    description: 'Of CSV: what stands between cells. Spreadsheets of countries with a decimal comma want semicolon.',
  })
  @IsOptional()
  @IsIn(DELIMITER_NAMES, { message: `delimiter must be one of ${DELIMITER_NAMES.join(', ')}` })
  delimiter?: keyof typeof DELIMITERS;

  @ApiPropertyOptional({ enum: DECIMALS, default: 'point', description: 'Of CSV: what numbers are written with.' })
  @IsOptional()
  @IsIn(DECIMALS, { message: `decimal must be one of ${DECIMALS.join(', ')}` })
  decimal?: (typeof DECIMALS)[number];
}

/**
 * Query of a list that is paged as JSON and whole in every other format: there is no default, as `limit` and `cursor`
 * are errors there.
 */
class PartQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'Of JSON: how many items a page holds at most.',
  })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: LIMIT })
  @Min(1, { message: LIMIT })
  @Max(1000, { message: LIMIT })
  limit?: number;

  @ApiPropertyOptional({ type: String, description: 'Of JSON: next_cursor of the page before.' })
  @IsOptional()
  @IsString({ message: CURSOR })
  @MaxLength(4000, { message: CURSOR })
  cursor?: string;
}

/** Query of a list that can be exported. */
export class ListExportQuery extends IntersectionType(ExportQuery, PartQuery) {}

/** Items of a page of JSON where `limit` is not given. */
export const DEFAULT_LIMIT = 100;
