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
import { Audited } from '../../access/audits.js';
import { CurrentPrincipal } from '../../access/current-principal.js';
import { NeedsOfAccount } from '../../access/needs.js';
import type { Principal } from '../../access/principal.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { type Page, PageQuery } from '../../platform/http/page.js';
import { Idempotent } from '../../properties/idempotency/idempotent.js';
import {
  NewTokenIssuerDto,
  TOKEN_ISSUER_CHANGE_EXAMPLES,
  TokenIssuerChangesDto,
  TokenIssuerDto,
} from './token-issuer.dto.js';
import { TokenIssuers } from './token-issuers.service.js';

const ID = { name: 'id', description: 'Id of the issuer.' };

@ApiTags('account')
@Controller('v1/account/token-issuers')
export class TokenIssuersController {
  constructor(private readonly issuers: TokenIssuers) {}

  @NeedsOfAccount('account:read')
  @Get()
  @ApiOperation({ summary: 'List the issuers of tokens', description: 'In the order of creation.' })
  @ApiPage(TokenIssuerDto, 'The issuers.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<Page<TokenIssuerDto>> {
    return this.issuers.list(principal, query);
  }

  @NeedsOfAccount('account:write')
  @Audited('token_issuer.create')
  @Post()
  @Idempotent()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Take the tokens of an issuer',
    description:
      'Its JWTs stand in place of a key: `Authorization: Bearer <token>`. Nobody sets up an issuer with a role of which he lacks a grant.',
  })
  @ApiBody({ type: NewTokenIssuerDto })
  @ApiCreatedResponse({ type: TokenIssuerDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenIssuerDto> {
    const issuer = await this.issuers.create(principal, body);
    reply.header('location', `/v1/account/token-issuers/${issuer.id}`);
    return issuer;
  }

  @NeedsOfAccount('account:read')
  @Get(':id')
  @ApiOperation({ summary: 'Show an issuer of tokens', description: 'With the roles that it gives.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: TokenIssuerDto })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<TokenIssuerDto> {
    return this.issuers.get(principal, id);
  }

  @NeedsOfAccount('account:write')
  @Audited('token_issuer.change')
  @Patch(':id')
  @ApiOperation({
    summary: 'Change an issuer of tokens',
    description: 'It holds from the next call on; what is absent stays.',
  })
  @ApiParam(ID)
  @ApiBody({ type: TokenIssuerChangesDto, examples: TOKEN_ISSUER_CHANGE_EXAMPLES })
  @ApiOkResponse({ type: TokenIssuerDto })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  change(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<TokenIssuerDto> {
    return this.issuers.change(principal, id, body);
  }

  @NeedsOfAccount('account:write')
  @Audited('token_issuer.delete')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove an issuer of tokens',
    description: 'Its tokens are refused from the next call on, in every process.',
  })
  @ApiParam(ID)
  @ApiNoContentResponse({ description: 'Its tokens are taken no more.' })
  remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.issuers.remove(principal, id);
  }
}
