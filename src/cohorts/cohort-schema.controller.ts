import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { COHORT_SCHEMA } from '../core/cohort/cohort-schema.js';

@ApiTags('cohorts')
@Controller('v1/schemas')
export class CohortSchemaController {
  @Get('cohort')
  @ApiOperation({
    summary: 'JSON Schema of a cohort',
    description:
      'What may stand as the `cohort` of a request, and inside the `set`, `rule` and `universe` of a cohort.',
  })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  schema(): object {
    return COHORT_SCHEMA;
  }
}
