import { ApiProperty } from '@nestjs/swagger';
import type { CanonicalRequest } from '../core/request/canonical-request.js';
import { AnswerWarningDto } from './answer/answer-parts.dto.js';

/** The newest stored answer to a question. */
export class StoredAnswerDto {
  @ApiProperty({ example: 'req_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({ description: 'Where the answer is.' })
  href!: string;

  @ApiProperty({ type: 'integer', nullable: true })
  data_version!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  computed_at!: string | null;
}

/** What a body means, and whether its answer is there. */
export class CanonicalDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'SHA-256 of the RFC 8785 JSON of `request`; null for callers without `people:read`.',
  })
  hash!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The request with every parameter resolved and every equivalent spelling made one.',
  })
  request!: CanonicalRequest;

  @ApiProperty({ description: 'Whether POST of the same body would be answered at once by a stored result.' })
  fresh!: boolean;

  @ApiProperty({ type: StoredAnswerDto, nullable: true, description: 'The newest stored answer, fresh or not.' })
  stored!: StoredAnswerDto | null;

  @ApiProperty({ type: [AnswerWarningDto], description: 'What is odd about the question itself.' })
  warnings!: AnswerWarningDto[];
}
