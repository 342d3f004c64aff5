import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited } from '../../access/audits.js';
import { CurrentSession, type SessionPrincipal } from '../../access/current-session.js';
import { NeedsNobody, NeedsSession } from '../../access/needs.js';
import {
  clearSessionCookie,
  csrfTokenOf,
  refuseUnsafeSignIn,
  sessionTokenOf,
  setSessionCookie,
} from '../../access/session-cookie.js';
import { accessOfMember } from '../../core/access/access.js';
import { parseAcceptance, parseChoice, parseSignIn } from '../../core/access/parse-sign-in.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { MemberEntity } from '../members/member.entity.js';
import { Invitations } from '../members/invitations.service.js';
import {
  AcceptInvitationDto,
  ChangePasswordDto,
  ChooseAccountDto,
  CurrentSessionDto,
  type HeldDto,
  SessionListDto,
  SignInDto,
  toSessionDto,
} from './session.dto.js';
import { Sessions, type NewSession, type SignedIn } from './sessions.service.js';
import { whenceOf } from './whence.js';

const SIGN_IN_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'csrf',
  'too_many_sign_ins',
  'invalid_field',
  'unknown_field',
] as const;

@ApiTags('account')
@Controller('v1')
export class SessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly invitations: Invitations,
  ) {}

  @NeedsNobody()
  @Audited('session.create')
  @Post('session')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Sign in',
    description:
      'By address and password. The session is in a cookie that no page can read; it ends after twelve hours without a call, and after 30 days.',
  })
  @ApiBody({ type: SignInDto })
  @ApiOkResponse({ type: CurrentSessionDto })
  @ApiProblems(...SIGN_IN_PROBLEMS)
  async signIn(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CurrentSessionDto> {
    refuseUnsafeSignIn(request);
    return await this.begun(await this.sessions.signIn(parseSignIn(body), whenceOf(request)), request, reply);
  }

  @NeedsNobody()
  @Audited('invitation.accept')
  @Post('invitations/accept')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Accept an invitation',
    description:
      'Makes its address a member of the account, and signs in: with the password of before, or with a new one.',
  })
  @ApiBody({ type: AcceptInvitationDto })
  @ApiOkResponse({ type: CurrentSessionDto })
  @ApiProblems(...SIGN_IN_PROBLEMS, 'not_found', 'conflict')
  async accept(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CurrentSessionDto> {
    refuseUnsafeSignIn(request);
    return await this.begun(await this.invitations.accept(parseAcceptance(body), whenceOf(request)), request, reply);
  }

  @NeedsSession()
  @Get('session')
  @ApiOperation({ summary: 'Show who is signed in', description: 'With the accounts among which PUT chooses.' })
  @ApiOkResponse({ type: CurrentSessionDto })
  async get(
    @CurrentSession() { sessionId }: SessionPrincipal,
    @Req() request: FastifyRequest,
  ): Promise<CurrentSessionDto> {
    return toCurrent(await this.sessions.signedIn(sessionId), sessionTokenOf(request) ?? '');
  }

  @NeedsSession()
  @Audited('session.choose')
  @Put('session')
  @ApiOperation({ summary: 'Choose an account', description: 'The next calls of the session are made in it.' })
  @ApiBody({ type: ChooseAccountDto })
  @ApiOkResponse({ type: CurrentSessionDto })
  @ApiProblems('not_found', 'invalid_field', 'unknown_field')
  async choose(
    @CurrentSession() { id, sessionId }: SessionPrincipal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<CurrentSessionDto> {
    const chosen = await this.sessions.choose(sessionId, parseChoice(body));
    // Who enters is told to the account that he enters; the other one does not learn which that is.
    request.actor = { id, accountId: chosen.session.accountId };
    return toCurrent(chosen, sessionTokenOf(request) ?? '');
  }

  @NeedsSession()
  @Audited('session.end')
  @Delete('session')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out', description: 'Ends the session of the call.' })
  @ApiNoContentResponse({ description: 'It is over.' })
  async signOut(
    @CurrentSession() { sessionId }: SessionPrincipal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.end(sessionId, sessionId);
    clearSessionCookie(request, reply);
  }

  @NeedsSession()
  @Audited('password.change')
  @Put('session/password')
  @HttpCode(204)
  @ApiOperation({ summary: 'Change the password', description: 'Ends all other sessions of the person.' })
  @ApiBody({ type: ChangePasswordDto })
  @ApiNoContentResponse({ description: 'It is changed.' })
  @ApiProblems('unauthenticated', 'too_many_sign_ins', 'invalid_field', 'unknown_field')
  changePassword(
    @CurrentSession() { id, sessionId }: SessionPrincipal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.sessions.changePassword(id, sessionId, body, whenceOf(request));
  }

  @NeedsSession()
  @Get('sessions')
  @ApiOperation({
    summary: 'List the sessions of the person',
    description: 'Those that are not over, the newest first.',
  })
  @ApiOkResponse({ type: SessionListDto })
  async list(@CurrentSession() { sessionId }: SessionPrincipal): Promise<SessionListDto> {
    return { data: (await this.sessions.list(sessionId)).map((session) => toSessionDto(session, sessionId)) };
  }

  @NeedsSession()
  @Audited('session.end')
  @Delete('sessions')
  @HttpCode(204)
  @ApiOperation({ summary: 'End all other sessions of the person', description: 'That of the call goes on.' })
  @ApiNoContentResponse({ description: 'They are over.' })
  endOthers(@CurrentSession() { sessionId }: SessionPrincipal): Promise<void> {
    return this.sessions.endOthers(sessionId);
  }

  @NeedsSession()
  @Audited('session.end')
  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a session of the person', description: 'One of another person is unknown.' })
  @ApiParam({ name: 'id', description: 'Id of the session.' })
  @ApiNoContentResponse({ description: 'It is over.' })
  end(@CurrentSession() { sessionId }: SessionPrincipal, @Param('id') id: string): Promise<void> {
    return this.sessions.end(sessionId, id);
  }

  private async begun(begun: NewSession, request: FastifyRequest, reply: FastifyReply): Promise<CurrentSessionDto> {
    const { session, token } = begun;
    setSessionCookie(request, reply, token, session.endsAt);
    reply.header('cache-control', 'no-store');
    request.actor = { id: session.personId, accountId: session.accountId };
    return toCurrent(await this.sessions.signedIn(session.id), token);
  }
}

function toCurrent({ session, person, memberships }: SignedIn, token: string): CurrentSessionDto {
  const current = memberships.find(({ account }) => account.id === session.accountId);
  return {
    id: session.id,
    person: { id: person.id, email: person.email, name: person.name },
    account: session.accountId,
    accounts: memberships.map(({ member, account }) => ({
      account: account.id,
      name: account.name,
      role: member.role,
      grants: member.grants,
    })),
    held: current === undefined ? { account: [], properties: [] } : heldBy(current.member),
    csrf_token: csrfTokenOf(token),
    ends_at: session.endsAt.toISOString(),
  };
}

function heldBy(member: MemberEntity): HeldDto {
  const { account, properties } = accessOfMember(member, member.properties);
  return {
    account: [...(account ?? [])],
    properties: [...properties].map(([property, grants]) => ({ property, grants: [...grants] })),
  };
}
