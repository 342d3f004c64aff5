import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ROW_REASONS,
  ROW_STATUSES,
  VALIDATION_MODES,
  type RowReason,
  type RowStatus,
  type ValidationMode,
} from '../../core/upload/upload-row.js';
import {
  UPLOAD_FORMATS,
  UPLOAD_STATES,
  type CohortUploadEntity,
  type UploadFormat,
  type UploadState,
  type Validation,
} from './cohort-upload.entity.js';

const COUNT = { type: 'integer' } as const;

/** Rows by what became of them: each is counted once, so that the others add up to `rows`. */
export class UploadCountsDto {
  @ApiProperty({ ...COUNT, example: 5 })
  rows!: number;

  @ApiProperty({ ...COUNT, example: 2, description: 'The first rows of known users.' })
  valid!: number;

  @ApiProperty({ ...COUNT, example: 1, description: 'The first rows of users who are not known.' })
  unknown!: number;

  @ApiProperty({ ...COUNT, example: 1, description: 'Rows of users whom an earlier row has named.' })
  duplicate!: number;

  @ApiProperty({ ...COUNT, example: 0, description: 'Rows that can be no user.' })
  invalid!: number;

  @ApiProperty({ ...COUNT, example: 1, description: 'Rows with nothing in them.' })
  blank!: number;
}

/** What the last validation that came to its end has found. */
export class ValidationDto {
  @ApiProperty({ enum: VALIDATION_MODES, description: 'How it was asked.' })
  validate!: ValidationMode;

  @ApiProperty({ ...COUNT, example: 7, description: 'Data up to this ingest sequence were looked at.' })
  data_version!: number;

  @ApiProperty({ format: 'date-time', description: 'Events at or after it were not seen.' })
  as_of!: string;

  @ApiProperty({ format: 'date-time' })
  finished_at!: string;

  counts!: UploadCountsDto;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: `How many rows have which reason: ${ROW_REASONS.join(', ')}.`,
    example: { duplicate: 1, unknown_user: 1, blank: 1 },
  })
  reasons!: Partial<Record<RowReason, number>>;

  @ApiProperty({
    ...COUNT,
    example: 2,
    description: 'Users whom it accepts: those of valid rows; lenient, of unknown ones too.',
  })
  members!: number;
}

export class UploadWarningDto {
  @ApiProperty({ enum: ['no_valid_row'] })
  code!: 'no_valid_row';

  @ApiProperty({ description: 'What was taken for users, and what to do about it.' })
  detail!: string;
}

export class UploadErrorDto {
  code!: string;
  detail!: string;
  retryable!: boolean;
}

export class UploadedCohortDto {
  /** @example coh_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({ ...COUNT, example: 1 })
  version!: number;
}

export class UploadDto {
  /** @example upl_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({ enum: UPLOAD_STATES, example: 'validated' })
  status!: UploadState;

  @ApiProperty({ type: String, nullable: true, example: 'january', description: 'Of the cohort that it is to be.' })
  name!: string | null;

  description!: string;

  tags!: string[];

  @ApiProperty({ type: String, nullable: true, description: 'The cohort of which it is to be a new version.' })
  target!: string | null;

  @ApiProperty({ enum: VALIDATION_MODES, example: 'strict' })
  validate!: ValidationMode;

  @ApiProperty({ enum: UPLOAD_FORMATS, example: 'csv', description: '`cohort`: made of the members of one.' })
  format!: UploadFormat;

  @ApiProperty({ type: Boolean, nullable: true, description: 'CSV: whether the first row was taken for a header.' })
  header!: boolean | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 1, description: 'CSV: the column of the users, from 1.' })
  column!: number | null;

  @ApiProperty({ ...COUNT, example: 5 })
  rows!: number;

  @ApiProperty({ ...COUNT, example: 5, description: 'Of the validation under way, or the last one.' })
  rows_checked!: number;

  @ApiProperty({ type: ValidationDto, nullable: true })
  validation!: ValidationDto | null;

  @ApiProperty({ type: [UploadWarningDto], description: 'What whoever made the list should know.' })
  warnings!: UploadWarningDto[];

  @ApiProperty({ type: UploadErrorDto, nullable: true, description: 'Why the last validation failed.' })
  error!: UploadErrorDto | null;

  @ApiProperty({ type: UploadedCohortDto, nullable: true, description: 'What it has become.' })
  cohort!: UploadedCohortDto | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', description: 'Then it is removed; a cohort that it has become stays.' })
  expires_at!: string;
}

export class UploadRowDto {
  @ApiProperty({ ...COUNT, example: 4, description: 'From 1, a header and blank rows counted.' })
  row!: number;

  @ApiProperty({ example: '00001', description: 'The user, or the first 256 bytes of what stands there.' })
  text!: string;

  @ApiProperty({ enum: ROW_STATUSES, example: 'duplicate' })
  status!: RowStatus;

  @ApiProperty({ enum: [...ROW_REASONS, null], type: String, nullable: true, example: 'duplicate' })
  reason!: RowReason | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 2,
    description: 'Of a duplicate: the first row of the user.',
  })
  first_row!: number | null;
}

export const FINISHED_MEMBERS = ['all', 'valid'] as const;
export type FinishedMembers = (typeof FINISHED_MEMBERS)[number];

/** What parseFinish takes, for the documents. */
export class FinishUploadDto {
  @ApiProperty({
    enum: FINISHED_MEMBERS,
    description:
      'all: every user of the upload, refused where a row is invalid or, strict, unknown. valid: those users whom the validation accepts. Duplicates and blank rows do not matter.',
  })
  members!: FinishedMembers;

  @ApiPropertyOptional({ description: 'Another name for the new cohort than the upload came with.' })
  name?: string;

  @ApiPropertyOptional({ maxLength: 2_000, description: 'Another description than the upload came with.' })
  description?: string;

  @ApiPropertyOptional({ type: [String], maxItems: 50, description: 'Other labels than the upload came with.' })
  tags?: string[];
}

export function toUploadDto(upload: CohortUploadEntity): UploadDto {
  return {
    id: upload.id,
    status: upload.state,
    name: upload.name,
    description: upload.description,
    tags: upload.tags,
    target: upload.targetId,
    validate: upload.mode,
    format: upload.format,
    header: upload.hasHeader,
    column: upload.columnNumber,
    rows: upload.rows,
    rows_checked: upload.rowsChecked,
    validation: upload.validation && toValidationDto(upload.validation, upload.rows),
    warnings: warningsOf(upload),
    error: upload.error,
    cohort: upload.cohort,
    created_at: upload.createdAt.toISOString(),
    expires_at: upload.expiresAt.toISOString(),
  };
}

function toValidationDto(validation: Validation, rows: number): ValidationDto {
  return {
    validate: validation.mode,
    data_version: validation.dataVersion,
    as_of: validation.asOf,
    finished_at: validation.finishedAt,
    counts: { rows, ...validation.counts },
    reasons: validation.reasons,
    members: validation.members,
  };
}

/** A list of which nobody is known was mostly read from the wrong column. */
function warningsOf({
  validation,
  format,
  columnNumber,
  columnName,
  firstTexts,
}: CohortUploadEntity): UploadWarningDto[] {
  if (validation === null || validation.counts.valid > 0 || firstTexts.length === 0) return [];
  const named = columnName === null ? '' : ` (${JSON.stringify(columnName)})`;
  const taken =
    format === 'csv' ? `column ${columnNumber ?? 1}${named}, whose first cells are` : 'rows, the first of which are';
  const what = format === 'csv' ? 'Is it another column? column= says which. If not, send' : 'Send';
  const detail = `No row names a known user. Users were taken from ${taken} ${firstTexts.map((text) => JSON.stringify(text)).join(', ')}. ${what} the users or their events first, or validate=lenient.`;
  return [{ code: 'no_valid_row', detail }];
}
