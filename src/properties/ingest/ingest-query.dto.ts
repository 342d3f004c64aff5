import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { TIME_FORMATS, type TimeFormat } from '../../core/ingest/instant-reader.js';
import { NESTED, type Nested } from '../../core/ingest/scalar-map.js';

/** Query parameters of ingestion. */
export class IngestQuery {
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
}
