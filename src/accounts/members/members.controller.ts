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
import { CurrentSession, type SessionPrincipal } from '../../access/current-session.js';
import { NeedsOfAccount, NeedsSession } from '../../access/needs.js';
import type { Principal } from '../../access/principal.js';
import { Config } from '../../platform/config/config.js';
import { clearSessionCookie } from '../../access/session-cookie.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { type Page, PageQuery } from '../../platform/http/page.js';
import { originOf } from '../providers/origin.js';
import { Invitations } from './invitations.service.js';
import {
  InvitationDto,
  InvitationWithTokenDto,
  MembershipChangesDto,
  MemberDto,
  NewInvitationDto,
  RemoveMemberQuery,
} from './member.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('account')
@Controller('v1/account/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @NeedsOfAccount('members:read')
  @Get()
  @ApiOperation({ summary: 'List the members of the account', description: 'In the order in which they came.' })
  @ApiPage(MemberDto, 'The members.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<Page<MemberDto>> {
    return this.members.list(principal, query);
  }

  @NeedsSession()
  @Audited('member.leave')
  @Delete('me')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Leave the account',
    description:
      'Ends your sessions in it. The last owner stays; he can delete the account. Who is in no other account is forgotten.',
  })
  @ApiNoContentResponse({ description: 'You are no member any more.' })
  @ApiProblems('not_found', 'conflict')
  async leave(
    @CurrentSession() session: SessionPrincipal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.members.leave(session);
    clearSessionCookie(request, reply);
  }

  @NeedsOfAccount('members:read')
  @Get(':id')
  @ApiOperation({ summary: 'Show a member', description: 'With what he may do in the account and in its properties.' })
  @ApiParam({ name: 'id', description: 'Id of the member.' })
  @ApiOkResponse({ type: MemberDto })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<MemberDto> {
    return this.members.get(principal, id);
  }

  @NeedsOfAccount('members:write')
  @Audited('member.change')
  @Patch(':id')
  @ApiOperation({
    summary: 'Change what a member may do',
    description: 'Puts role, grants and properties in place of those before; it holds from the next call on.',
  })
  @ApiParam({ name: 'id', description: 'Id of the member.' })
  @ApiBody({ type: MembershipChangesDto })
  @ApiOkResponse({ type: MemberDto })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  change(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() body: unknown): Promise<MemberDto> {
    return this.members.change(principal, id, body);
  }

  @NeedsOfAccount('members:write')
  @Audited('member.remove')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove a member',
    description:
      'Ends his sessions in the account, and his invitations that nobody has accepted. The last owner stays.',
  })
  @ApiParam({ name: 'id', description: 'Id of the member.' })
  @ApiNoContentResponse({ description: 'He is no member any more.' })
  @ApiProblems('conflict')
  remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { credentials }: RemoveMemberQuery,
  ): Promise<void> {
    return this.members.remove(principal, id, credentials);
  }
}

@ApiTags('account')
@Controller('v1/account/invitations')
export class InvitationsController {
  constructor(
    private readonly invitations: Invitations,
    private readonly config: Config,
  ) {}

  @NeedsOfAccount('members:read')
  @Get()
  @ApiOperation({ summary: 'List the invitations of the account', description: 'The newest first.' })
  @ApiPage(InvitationDto, 'The invitations.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<Page<InvitationDto>> {
    return this.invitations.list(principal, query);
  }

  @NeedsOfAccount('members:write')
  @Audited('invitation.create')
  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Invite somebody',
    description:
      'The answer holds a link, this once, for the one who has the address; it is sent to him where `SMTP_URL` is set. It is valid for seven days and for one acceptance.',
  })
  @ApiBody({ type: NewInvitationDto, examples: { analyst: { value: { email: 'ann@example.org', role: 'analyst' } } } })
  @ApiCreatedResponse({ type: InvitationWithTokenDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('invalid_field', 'unknown_field')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvitationWithTokenDto> {
    const invitation = await this.invitations.create(principal, body, originOf(this.config, request));
    reply.header('cache-control', 'no-store').header('location', `/v1/account/invitations/${invitation.id}`);
    return invitation;
  }

  @NeedsOfAccount('members:write')
  @Audited('invitation.revoke')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take an invitation back', description: 'Who has accepted it stays a member.' })
  @ApiParam({ name: 'id', description: 'Id of the invitation.' })
  @ApiNoContentResponse({ description: 'Its token is worth nothing any more.' })
  revoke(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.invitations.revoke(principal, id);
  }
}
