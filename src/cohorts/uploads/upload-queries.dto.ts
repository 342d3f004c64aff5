import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { CsvFormatQuery } from '../../bodies/csv-query.dto.js';
import { ROW_STATUSES, VALIDATION_MODES, type ValidationMode } from '../../core/upload/upload-row.js';
import { PageQuery } from '../../platform/http/page.js';
import { WaitQuery } from '../../platform/http/wait.js';
import { ListExportQuery } from '../../results/export-query.dto.js';
import { UPLOAD_STATES, type UploadState } from './cohort-upload.entity.js';
import { HEADERS } from './csv-rows.js';

const STATUS_RULE = `status must be one or more of ${ROW_STATUSES.join(', ')}, with commas between them`;

export class ValidateQuery extends WaitQuery {
  @ApiPropertyOptional({
    enum: VALIDATION_MODES,
    description: 'strict: only known users become members; lenient: unknown ones too. Absent: as before.',
  })
  @IsOptional()
  @IsIn(VALIDATION_MODES, { message: `validate must be one of ${VALIDATION_MODES.join(', ')}` })
  validate?: ValidationMode;
}

export class UploadQuery extends IntersectionType(WaitQuery, CsvFormatQuery) {
  @ApiPropertyOptional({
    description: 'Of the cohort that it is to be: 1 to 200 characters without & ~ ( ). Needed without `cohort`.',
    example: 'january',
  })
  @IsOptional()
  @IsString()
  name?: string;

  @ApiPropertyOptional({ maxLength: 2_000 })
  @IsOptional()
  @IsString()
  description?: string;

  @ApiPropertyOptional({ description: 'Labels, with commas between them.', example: 'cdnow,1997' })
  @IsOptional()
  @IsString()
  @MaxLength(10_000, { message: 'tags must have at most 10,000 characters' })
  tags?: string;

  @ApiPropertyOptional({ description: 'Id or name of a cohort of which it is to be a new version.' })
  @IsOptional()
  @IsString()
  @MaxLength(1_000, { message: 'cohort must be the id or name of a cohort' })
  cohort?: string;

  @ApiPropertyOptional({
    enum: VALIDATION_MODES,
    default: 'strict',
    description: 'strict: only known users become members; lenient: unknown ones too, as in a list in JSON.',
  })
  @IsIn(VALIDATION_MODES, { message: `validate must be one of ${VALIDATION_MODES.join(', ')}` })
  validate: ValidationMode = 'strict';

  @ApiPropertyOptional({
    enum: HEADERS,
    description:
      'CSV: whether the first row is a header. auto (the default): it is, where a cell is a known name for users (user, user_id, distinct_id, email and the like), or what `column` says.',
  })
  @IsOptional()
  @IsIn(HEADERS, { message: `header must be one of ${HEADERS.join(', ')}` })
  header?: (typeof HEADERS)[number];

  @ApiPropertyOptional({
    description:
      'CSV: name or number, from 1, of the column of the users. Absent: the one with such a name, or else the only one.',
    example: 'user',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1_000, { message: 'column must be the name or the number of a column' })
  column?: string;
}

export class ListUploadsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: UPLOAD_STATES })
  @IsOptional()
  @IsIn(UPLOAD_STATES, { message: `status must be one of ${UPLOAD_STATES.join(', ')}` })
  status?: UploadState;
}

export class UploadRowsQuery extends ListExportQuery {
  @ApiPropertyOptional({
    description: `Only rows with these: ${ROW_STATUSES.join(', ')}, with commas between them.`,
    example: 'invalid,unknown',
  })
  @IsOptional()
  @IsString({ message: STATUS_RULE })
  @MaxLength(200, { message: STATUS_RULE })
  status?: string;
}
