import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../access/current-principal.js';
import type { Principal } from '../access/principal.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { CurrentProperty } from '../properties/current-property.js';
import { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import { UsersQuery } from '../properties/ingest/ingest-query.dto.js';
import { PostItems } from '../properties/ingest/post-items.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { UserDto, UserUpsertDto } from './user.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('v1/properties/:property/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Needs('users:write')
  @PostItems(UserUpsertDto)
  @ApiOperation({
    summary: 'Send users: their registration and traits',
    description:
      'Upserts, as a JSON array, NDJSON or CSV (header `user,registered_at` and any other column as a trait), each also as gzip. A date is its first instant in the time zone of the property. The last one wins, key by key; an absent key changes nothing, null removes. Every item gets its verdict.',
  })
  ingest(
    @CurrentProperty() property: PropertyEntity,
    @CurrentPrincipal() { id: apiKeyId }: Principal,
    @Req() request: FastifyRequest,
    @Query() query: UsersQuery,
  ): Promise<IngestAnswerDto> {
    return this.users.ingest({ property, apiKeyId }, request, query);
  }

  @Needs('users:read', 'people:read')
  @Get(':user')
  @ApiOperation({ summary: 'Show a user', description: 'As of the data version of the moment.' })
  @ApiOkResponse({ type: UserDto })
  @ApiProblems('not_found')
  find(@CurrentProperty() property: PropertyEntity, @Param('user') user: string): Promise<UserDto> {
    return this.users.find(property, user);
  }
}
