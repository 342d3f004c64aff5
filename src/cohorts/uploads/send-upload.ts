import type { FastifyReply } from 'fastify';
import type { PropertyEntity } from '../../properties/property.entity.js';
import type { CohortUploadEntity } from './cohort-upload.entity.js';
import { toUploadDto, UploadDto } from './upload.dto.js';
import { isUnderWay } from './uploads.service.js';

const PATIENCE_S = 2;

export const ACCEPTED_UPLOAD = {
  type: UploadDto,
  description: 'Its validation is queued, under way, or over within `wait`.',
  headers: {
    Location: { schema: { type: 'string' as const } },
    'Retry-After': { schema: { type: 'integer' as const } },
  },
};

/** An upload, where it is, and when to look again. */
export function sendUpload(reply: FastifyReply, property: PropertyEntity, upload: CohortUploadEntity): UploadDto {
  reply.header('location', `/v1/properties/${property.id}/cohort-uploads/${upload.id}`);
  if (isUnderWay(upload)) reply.header('retry-after', String(PATIENCE_S));
  return toUploadDto(upload);
}
