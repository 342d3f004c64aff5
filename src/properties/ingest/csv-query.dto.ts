import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { DELIMITERS, type Delimiter } from '../../core/ingest/csv-scanner.js';
import { ENCODINGS, type Encoding } from './decoded.js';
import { IngestQuery } from './ingest-query.dto.js';

export const DELIMITER_NAMES = Object.keys(DELIMITERS) as Delimiter[];
export const ESCAPES = ['formula', 'none'] as const;
const DECIMALS = ['point', 'comma'] as const;
const MAX_NAME = 1_000;
const MAX_LIST = 60_000;
const NAMED = 'by name, without regard to case and blanks around it, or by number, from 1';

function ApiColumn(what: string, example: string): PropertyDecorator {
  const description = `CSV: the column of ${what}, ${NAMED}; the one of this name unless given.`;
  return (target, key) => {
    const message = `${String(key)} must be the name or the number of a column`;
    ApiPropertyOptional({ description, example })(target, key);
    for (const rule of [IsOptional(), IsString({ message }), MaxLength(MAX_NAME, { message })]) rule(target, key);
  };
}

function ApiColumns(description: string, example: string): PropertyDecorator {
  return (target, key) => {
    const message = `${String(key)} must be the names or numbers of columns, with commas between them`;
    ApiPropertyOptional({ description: `CSV: ${description}, with commas between them.`, example })(target, key);
    for (const rule of [IsOptional(), IsString({ message }), MaxLength(MAX_LIST, { message })]) rule(target, key);
  };
}

/** Query parameters of ingestion of CSV that was made by another program. */
export class CsvQuery extends IngestQuery {
  @ApiPropertyOptional({ enum: DELIMITER_NAMES, default: 'comma', description: 'CSV: what stands between cells.' })
  @IsOptional()
  @IsIn(DELIMITER_NAMES, { message: `delimiter must be one of ${DELIMITER_NAMES.join(', ')}` })
  delimiter?: Delimiter;

  @ApiPropertyOptional({ enum: DECIMALS, default: 'point', description: 'CSV: how numbers write their fractions.' })
  @IsOptional()
  @IsIn(DECIMALS, { message: `decimal must be one of ${DECIMALS.join(', ')}` })
  decimal?: (typeof DECIMALS)[number];

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

  @ApiColumn('the user', 'distinct_id')
  user?: string;

  @ApiColumns('columns that hold numbers', 'price,quantity')
  number?: string;

  @ApiColumns('columns that hold true or false', 'paid')
  boolean?: string;

  @ApiColumns('columns that are left out', 'ip,user agent')
  ignore?: string;
}

/** Of events. */
export class EventsQuery extends CsvQuery {
  @ApiColumn('the name of the event', 'event_type')
  event?: string;

  @ApiColumn('the time', 'timestamp')
  time?: string;

  @ApiColumn('the id', 'uuid')
  id?: string;

  @ApiPropertyOptional({ description: 'CSV: the name of every event, where no column has it.', example: 'purchase' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME, { message: 'event_name must be the name of an event' })
  event_name?: string;
}

/** Of users. */
export class UsersQuery extends CsvQuery {
  @ApiColumn('the registration', 'created_at')
  registered_at?: string;
}
