import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { CsvFormatQuery } from '../../bodies/csv-query.dto.js';
import { TIME_FORMATS, type TimeFormat } from '../../core/ingest/instant-reader.js';
import { NESTED, type Nested } from '../../core/ingest/scalar-map.js';

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

/** Query parameters of ingestion. */
export class IngestQuery extends CsvFormatQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'All items or none: 422 when one of them is not valid. For JSON arrays only.',
  })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'strict must be true or false' })
  strict?: 'true' | 'false';

  @ApiPropertyOptional({
    enum: TIME_FORMATS,
    default: 'rfc3339',
    description:
      'How times are written: as RFC 3339, or as the number of seconds, milliseconds or microseconds since 1970.',
  })
  @IsOptional()
  @IsIn(TIME_FORMATS, { message: `time_format must be one of ${TIME_FORMATS.join(', ')}` })
  time_format?: TimeFormat;

  @ApiPropertyOptional({
    description:
      'IANA time zone of times without an offset, which are refused without it. A time that comes twice there is the earlier; one that the clocks skip is refused.',
    example: 'Europe/Berlin',
  })
  @IsOptional()
  @IsString()
  @MaxLength(100, { message: 'assume_zone must be an IANA time zone name such as "Europe/Berlin"' })
  assume_zone?: string;

  @ApiPropertyOptional({
    enum: NESTED,
    default: 'reject',
    description:
      'JSON and NDJSON: what becomes of objects and lists among the values. flatten: `{"address": {"city": "Ulm"}}` is `address.city`, one level deep; drop: they are left out.',
  })
  @IsOptional()
  @IsIn(NESTED, { message: `nested must be one of ${NESTED.join(', ')}` })
  nested?: Nested;

  @ApiPropertyOptional({ enum: DECIMALS, default: 'point', description: 'CSV: how numbers write their fractions.' })
  @IsOptional()
  @IsIn(DECIMALS, { message: `decimal must be one of ${DECIMALS.join(', ')}` })
  decimal?: (typeof DECIMALS)[number];

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
export class EventsQuery extends IngestQuery {
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
export class UsersQuery extends IngestQuery {
  @ApiColumn('the registration', 'created_at')
  registered_at?: string;
}
