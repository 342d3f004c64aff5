import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited } from '../access/audits.js';
import { CurrentPrincipal } from '../access/current-principal.js';
import { NeedsOfAccount } from '../access/needs.js';
import type { Principal } from '../access/principal.js';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import type { Page } from '../platform/http/page.js';
import {
  KEY_CHANGE_EXAMPLES,
  NEW_KEY_EXAMPLES,
  KeyChangesDto,
  KeyDto,
  KeyWithSecretDto,
  ListKeysQuery,
  NewKeyBodyDto,
  RotateKeyDto,
} from './key.dto.js';
import { KeysService } from './keys.service.js';

const ID = { name: 'id', description: 'Id of the key.' };

@ApiTags('account')
@Controller('v1/account/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @NeedsOfAccount('keys:read')
  @Get()
  @ApiOperation({
    summary: 'List the keys of the account',
    description: 'In the order of creation, those that have ended too. Of their secrets only the last characters.',
  })
  @ApiPage(KeyDto, 'The keys.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: ListKeysQuery): Promise<Page<KeyDto>> {
    return this.keys.list(principal, query);
  }

  @NeedsOfAccount('keys:write')
  @Audited('key.create')
  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Make a key',
    description:
      'Secret, with a role or grants, or public, for web pages. The answer holds the secret, this once: it is not stored, so the call cannot be repeated by an Idempotency-Key. Nobody makes a key that may do more than he may himself.',
  })
  @ApiBody({ type: NewKeyBodyDto, examples: NEW_KEY_EXAMPLES })
  @ApiCreatedResponse({ type: KeyWithSecretDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('invalid_field', 'unknown_field', 'invalid_time')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyWithSecretDto> {
    const key = await this.keys.create(principal, body);
    secretly(reply).header('location', `/v1/account/keys/${key.id}`);
    return key;
  }

  @NeedsOfAccount('keys:read')
  @Get(':id')
  @ApiOperation({ summary: 'Show a key', description: 'Also one that has ended.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: KeyDto })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<KeyDto> {
    return this.keys.get(principal, id);
  }

  @NeedsOfAccount('keys:write')
  @Audited('key.change')
  @Patch(':id')
  @ApiOperation({ summary: 'Change a key', description: 'It holds from the next call on; what is absent stays.' })
  @ApiParam(ID)
  @ApiBody({ type: KeyChangesDto, examples: KEY_CHANGE_EXAMPLES })
  @ApiOkResponse({ type: KeyDto })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field', 'invalid_time')
  change(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() body: unknown): Promise<KeyDto> {
    return this.keys.change(principal, id, body);
  }

  @NeedsOfAccount('keys:write')
  @Audited('key.rotate')
  @Post(':id/rotate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a new secret of a key',
    description: 'The old one is taken until `overlap` is over. The answer holds the new one, this once.',
  })
  @ApiParam(ID)
  @ApiBody({ type: RotateKeyDto, required: false })
  @ApiOkResponse({ type: KeyWithSecretDto })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field', 'invalid_time')
  async rotate(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyWithSecretDto> {
    const key = await this.keys.rotate(principal, id, body);
    secretly(reply);
    return key;
  }

  @NeedsOfAccount('keys:write')
  @Audited('key.revoke')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key', description: 'It is refused from the next call on, in every process.' })
  @ApiParam(ID)
  @ApiNoContentResponse({ description: 'It is revoked.' })
  revoke(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.keys.revoke(principal, id);
  }
}

function secretly(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store');
}
