import { Controller, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Needs } from '../../access/needs.js';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../../access/key-slots.service.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CurrentWait, type Wait } from '../../platform/http/wait.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { Idempotent } from '../../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { ACCEPTED_UPLOAD, sendUpload } from './send-upload.js';
import { ValidateQuery } from './upload-queries.dto.js';
import { UploadReceiver } from './upload-receiver.service.js';
import { UploadDto } from './upload.dto.js';
import { UploadsService } from './uploads.service.js';

@ApiTags('uploads')
@Controller('v1/properties/:property/cohorts/:cohort/validate')
export class CohortValidationController {
  constructor(
    private readonly receiver: UploadReceiver,
    private readonly uploads: UploadsService,
    private readonly slots: KeySlots,
  ) {}

  @Needs('cohorts:write', 'people:read')
  @Post()
  @Idempotent()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Validate the members of a static cohort again',
    description:
      'Makes an upload of them: its counts and rows tell who is not known, and to finish it makes a version without those. Strict unless asked otherwise.',
  })
  @ApiParam({ name: 'cohort', description: 'Id or name of the cohort.' })
  @ApiAcceptedResponse(ACCEPTED_UPLOAD)
  @ApiProblems(
    'invalid_field',
    'limit_exceeded',
    'idempotency_key_in_use',
    'idempotency_key_reused',
    'too_many_watchers',
  )
  async validate(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() { validate = 'strict' }: ValidateQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadDto> {
    const upload = await this.slots.whileWaiting(wait, reply, async () => {
      const { id } = await this.receiver.ofCohort(property, cohort, validate);
      return await this.uploads.settled(property, id, wait.ms);
    });
    return sendUpload(reply, property, upload);
  }
}
