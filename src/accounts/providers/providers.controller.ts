import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited } from '../../access/audits.js';
import { CurrentPrincipal } from '../../access/current-principal.js';
import { NeedsOfAccount } from '../../access/needs.js';
import type { Principal } from '../../access/principal.js';
import { Config } from '../../platform/config/config.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { type Page, PageQuery } from '../../platform/http/page.js';
import { originOf } from './origin.js';
import {
  NEW_PROVIDER_EXAMPLES,
  NewProviderDto,
  PROVIDER_CHANGE_EXAMPLES,
  ProviderChangesDto,
  ProviderDto,
} from './provider.dto.js';
import { Providers } from './providers.service.js';

const ID = { name: 'id', description: 'Id of the provider.' };

@ApiTags('account')
@Controller('v1/account/providers')
export class ProvidersController {
  constructor(
    private readonly providers: Providers,
    private readonly config: Config,
  ) {}

  @NeedsOfAccount('account:read')
  @Get()
  @ApiOperation({ summary: 'List the providers of sign-in', description: 'In the order of creation.' })
  @ApiPage(ProviderDto, 'The providers.')
  list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PageQuery,
    @Req() request: FastifyRequest,
  ): Promise<Page<ProviderDto>> {
    return this.providers.list(principal, query, originOf(this.config, request));
  }

  @NeedsOfAccount('account:write')
  @Audited('provider.create')
  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Set up a provider of sign-in',
    description:
      'By OpenID Connect, with its discovery. Register `redirect_uri` of the answer at the provider. Nothing is called until somebody signs in. The body holds a secret, of which no trace is stored: so the call cannot be repeated by an Idempotency-Key.',
  })
  @ApiBody({ type: NewProviderDto, examples: NEW_PROVIDER_EXAMPLES })
  @ApiCreatedResponse({ type: ProviderDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('invalid_field', 'unknown_field')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProviderDto> {
    const provider = await this.providers.create(principal, body, originOf(this.config, request));
    reply.header('location', `/v1/account/providers/${provider.id}`);
    return provider;
  }

  @NeedsOfAccount('account:read')
  @Get(':id')
  @ApiOperation({ summary: 'Show a provider of sign-in', description: 'Without its secret, which is never told.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: ProviderDto })
  get(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<ProviderDto> {
    return this.providers.get(principal, id, originOf(this.config, request));
  }

  @NeedsOfAccount('account:write')
  @Audited('provider.change')
  @Patch(':id')
  @ApiOperation({ summary: 'Change a provider of sign-in', description: 'What is absent stays, the secret too.' })
  @ApiParam(ID)
  @ApiBody({ type: ProviderChangesDto, examples: PROVIDER_CHANGE_EXAMPLES })
  @ApiOkResponse({ type: ProviderDto })
  @ApiProblems('invalid_field', 'unknown_field')
  change(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<ProviderDto> {
    return this.providers.change(principal, id, body, originOf(this.config, request));
  }

  @NeedsOfAccount('account:write')
  @Audited('provider.delete')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove a provider of sign-in',
    description: 'Ends the sessions that it has begun. Members stay members.',
  })
  @ApiParam(ID)
  @ApiNoContentResponse({ description: 'Nobody signs in by it any more.' })
  remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.providers.remove(principal, id);
  }
}
