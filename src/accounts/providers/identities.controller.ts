import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited } from '../../access/audits.js';
import { CurrentSession, type SessionPrincipal } from '../../access/current-session.js';
import { NeedsSession } from '../../access/needs.js';
import { parseReturnPath } from '../../core/access/parse-return-path.js';
import { Failure, invalid } from '../../core/failure.js';
import { isObject, quoted, refuseUnknownKeys } from '../../core/json-shape.js';
import { Config } from '../../platform/config/config.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { Sessions } from '../sessions/sessions.service.js';
import { whenceOf } from '../sessions/whence.js';
import { setBrowserCookie } from './browser-cookie.js';
import { Identities } from './identities.service.js';
import { knownOriginOf } from './origin.js';
import { IdentityLinkDto, IdentityListDto, NewIdentityDto, toIdentityDto } from './provider.dto.js';
import { DEFAULT_RETURN } from './provider-sign-in.controller.js';
import { ProviderSignIns, SIGN_IN_S } from './provider-sign-in.service.js';

@ApiTags('account')
@Controller('v1/session/identities')
export class IdentitiesController {
  constructor(
    private readonly signIns: ProviderSignIns,
    private readonly identities: Identities,
    private readonly sessions: Sessions,
    private readonly config: Config,
  ) {}

  @NeedsSession()
  @Get()
  @ApiOperation({
    summary: 'List the identities of the person',
    description: 'By which he signs in to the account of the call.',
  })
  @ApiOkResponse({ type: IdentityListDto })
  async list(@CurrentSession() { id, accountId }: SessionPrincipal): Promise<IdentityListDto> {
    return { data: (await this.identities.list(id, accountId)).map(toIdentityDto) };
  }

  @NeedsSession()
  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Begin to link an identity',
    description:
      'Whoever signs in at the provider then, in this browser, is the person who is signed in here. For who signed in within the last 15 minutes.',
  })
  @ApiBody({ type: NewIdentityDto })
  @ApiOkResponse({ type: IdentityLinkDto })
  @ApiProblems(
    'not_found',
    'sign_in_again',
    'invalid_field',
    'unknown_field',
    'too_many_sign_ins',
    'provider_unavailable',
    'secret_unreadable',
  )
  async begin(
    @CurrentSession() session: SessionPrincipal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentityLinkDto> {
    const { provider: id, returnTo } = parseLink(body);
    const { id: personId, accountId } = session;
    await this.sessions.requireRecent(session);
    const provider = await this.signIns.provider(id);
    if (provider.accountId !== accountId) throw new Failure('not_found', 'The account has no provider with this id.');
    const from = { origin: knownOriginOf(this.config, request), network: whenceOf(request).network };
    const { url, browserToken } = await this.signIns.begin(provider, from, { personId, returnTo });
    setBrowserCookie(request, reply, browserToken, SIGN_IN_S);
    reply.header('cache-control', 'no-store');
    return { url };
  }

  @NeedsSession()
  @Audited('identity.unlink')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Unlink an identity of the person',
    description: 'Who has no password keeps the last one. For who signed in within the last 15 minutes.',
  })
  @ApiParam({ name: 'id', description: 'Id of the identity.' })
  @ApiNoContentResponse({ description: 'It signs him in no more.' })
  @ApiProblems('conflict', 'sign_in_again')
  async unlink(@CurrentSession() session: SessionPrincipal, @Param('id') id: string): Promise<void> {
    await this.sessions.requireRecent(session);
    await this.identities.unlink(session.id, session.accountId, id);
  }
}

function parseLink(body: unknown): { readonly provider: string; readonly returnTo: string } {
  if (!isObject(body)) throw invalid('invalid_field', '', `The body is a JSON object, not ${quoted(body)}.`);
  refuseUnknownKeys(body, ['provider', 'return_to'], '', 'A link');
  const { provider, return_to: returnTo = DEFAULT_RETURN } = body;
  if (typeof provider !== 'string') throw invalid('invalid_field', '/provider', '`provider` is the id of a provider.');
  if (typeof returnTo === 'string') return { provider, returnTo: parseReturnPath(returnTo) };
  throw invalid('invalid_field', '/return_to', `\`return_to\` is a path of this server, not ${quoted(returnTo)}.`);
}
