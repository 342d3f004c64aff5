import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import { refuseNamedUsers } from '../access/authorization.js';
import { CurrentGrants } from '../access/current-grants.js';
import type { GrantSet } from '../core/access/grants.js';
import { isObject } from '../core/json-shape.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { REQUEST_EXAMPLES, MetricRequestDto, SUBMIT_PROBLEMS } from './metric-request.dto.js';
import { CanonicalDto } from './canonical.dto.js';
import { CanonicalService } from './canonical.service.js';

@ApiTags('requests')
@Controller('v1/properties/:property/requests')
export class CanonicalController {
  constructor(private readonly canonical: CanonicalService) {}

  @Needs('requests:read')
  @Post('canonical')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Show what a request means',
    description: 'The resolved request, its hash, and whether a fresh answer is stored. Nothing is run.',
  })
  @ApiBody({ type: MetricRequestDto, examples: REQUEST_EXAMPLES })
  @ApiOkResponse({ type: CanonicalDto })
  @ApiProblems(...SUBMIT_PROBLEMS)
  describe(
    @CurrentProperty() property: PropertyEntity,
    @CurrentGrants() grants: GrantSet,
    @Body() body: unknown,
  ): Promise<CanonicalDto> {
    refuseNamedUsers(grants, isObject(body) ? body['cohort'] : null);
    return this.canonical.describe(property, body);
  }
}
