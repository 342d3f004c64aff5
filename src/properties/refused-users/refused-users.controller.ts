import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CurrentProperty } from '../current-property.js';
import { PropertyEntity } from '../property.entity.js';
import { RefusedUsersDto } from './refused-users.dto.js';
import { RefusedUsers } from './refused-users.service.js';

@ApiTags('properties')
@Controller('v1/properties/:property/refused-users')
export class RefusedUsersController {
  constructor(private readonly refused: RefusedUsers) {}

  @Needs('users:read', 'people:read')
  @Get()
  @ApiOperation({
    summary: 'List the ids that the property refuses',
    description: 'Events and upserts that name one of them are rejected with `refused_user`.',
  })
  @ApiOkResponse({ type: RefusedUsersDto })
  async list(@CurrentProperty() { id }: PropertyEntity): Promise<RefusedUsersDto> {
    return { users: await this.refused.of(id) };
  }

  @Needs('property:write', 'people:read')
  @Audited('refused_users.replace')
  @Put()
  @ApiOperation({
    summary: 'Replace the ids that the property refuses',
    description: 'Holds for what is sent from now on; what is stored stays.',
  })
  @ApiBody({ type: RefusedUsersDto })
  @ApiOkResponse({ type: RefusedUsersDto })
  @ApiProblems('invalid_field', 'unknown_field', 'limit_exceeded')
  async replace(@CurrentProperty() { id }: PropertyEntity, @Body() body: unknown): Promise<RefusedUsersDto> {
    return { users: await this.refused.replace(id, body) };
  }
}
