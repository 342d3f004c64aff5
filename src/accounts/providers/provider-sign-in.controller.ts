import { Controller, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited } from '../../access/audits.js';
import { NeedsNobody } from '../../access/needs.js';
import { refuseInsecure, sessionTokenOf, setSessionCookie } from '../../access/session-cookie.js';
import { SessionFinder } from '../../access/session-finder.service.js';
import { parseReturnPath } from '../../core/access/parse-return-path.js';
import { Failure } from '../../core/failure.js';
import { Config } from '../../platform/config/config.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { whenceOf } from '../sessions/whence.js';
import { browserTokenOf, clearBrowserCookie, setBrowserCookie } from './browser-cookie.js';
import { Identities } from './identities.service.js';
import { knownOriginOf } from './origin.js';
import { ProviderSignIns, SIGN_IN_S, type CameBack } from './provider-sign-in.service.js';

/** Where a browser comes back to, unless it says otherwise. */
export const DEFAULT_RETURN = '/docs';

const ID = { name: 'id', description: 'Id of the provider.' };
const PROBLEMS = ['forbidden', 'not_found', 'too_many_sign_ins', 'provider_unavailable', 'secret_unreadable'] as const;
const GOES_ON = { status: 303, headers: { Location: { schema: { type: 'string' } } } } as const;

@ApiTags('account')
@Controller('v1/providers')
export class ProviderSignInController {
  constructor(
    private readonly signIns: ProviderSignIns,
    private readonly identities: Identities,
    private readonly sessions: SessionFinder,
    private readonly config: Config,
  ) {}

  @NeedsNobody()
  @Get(':id/sign-in')
  @HttpCode(303)
  @ApiOperation({
    summary: 'Sign in by a provider',
    description: 'For a browser: sends it to the provider, from where it comes back within ten minutes.',
  })
  @ApiParam(ID)
  @ApiQuery({
    name: 'return_to',
    required: false,
    example: DEFAULT_RETURN,
    description: 'The path of this server to which the browser comes back.',
    schema: { type: 'string' },
  })
  @ApiResponse({ ...GOES_ON, description: 'To the provider.' })
  @ApiProblems('csrf', ...PROBLEMS)
  async begin(
    @Param('id') id: string,
    @Query('return_to') returnTo: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    refuseInsecure(request);
    await this.refuseOtherSite(request);
    const wanted = parseReturnPath(returnTo ?? DEFAULT_RETURN);
    const from = { origin: knownOriginOf(this.config, request), network: whenceOf(request).network };
    const provider = await this.signIns.provider(id);
    const { url, browserToken } = await this.signIns.begin(provider, from, { personId: null, returnTo: wanted });
    setBrowserCookie(request, reply, browserToken, SIGN_IN_S);
    goOn(reply, url);
  }

  @NeedsNobody()
  @Audited('session.create')
  @Get(':id/callback')
  @HttpCode(303)
  @ApiOperation({
    summary: 'Come back from a provider',
    description:
      'For the provider: where it sends the browser, with the parameters of its protocol. Others are passed over.',
  })
  @ApiParam(ID)
  @ApiQuery({ name: 'code', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'state', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'iss', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'error', required: false, schema: { type: 'string' } })
  @ApiResponse({ ...GOES_ON, description: 'To where the sign-in was begun, with the cookie of a session.' })
  @ApiProblems('sign_in_failed', 'conflict', ...PROBLEMS)
  async comeBack(
    @Param('id') id: string,
    @Query() _protocol: Record<string, string>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    refuseInsecure(request);
    const provider = await this.signIns.provider(id);
    // Until it is known who comes; of a refusal the provider is told.
    request.actor = { id: provider.id, accountId: provider.accountId };
    const origin = knownOriginOf(this.config, request);
    const sent = { query: new URL(request.url, origin).search.slice(1), browserToken: browserTokenOf(request) };
    const cameBack = await this.signIns.finish(provider, origin, sent);
    clearBrowserCookie(request, reply);
    if (cameBack.personId === null) await this.signIn(cameBack, request, reply);
    else await this.link(cameBack, cameBack.personId, request);
    goOn(reply, cameBack.returnTo);
  }

  /**
   * A link of another site would have who is signed in go on as somebody else, where the provider asks nothing.
   * @throws Failure csrf
   */
  private async refuseOtherSite(request: FastifyRequest): Promise<void> {
    const token = sessionTokenOf(request);
    if (request.headers['sec-fetch-site'] !== 'cross-site' || token === null) return;
    if (await this.isAlive(token))
      throw new Failure('csrf', 'You are signed in: another site may not sign you in anew.');
  }

  private async isAlive(token: string): Promise<boolean> {
    try {
      await this.sessions.find(token);
      return true;
    } catch (error) {
      if (error instanceof Failure && error.code === 'unauthenticated') return false;
      throw error;
    }
  }

  private async signIn(cameBack: CameBack, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { session, token } = await this.identities.signIn(cameBack, whenceOf(request));
    request.actor = { id: session.personId, accountId: session.accountId };
    setSessionCookie(request, reply, token, session.endsAt);
  }

  /** To who has begun it, if he is still signed in in this browser. */
  private async link(cameBack: CameBack, personId: string, request: FastifyRequest): Promise<void> {
    const { accountId } = cameBack.provider;
    request.actor = { id: personId, accountId, action: 'identity.link' };
    const token = sessionTokenOf(request);
    const found = token === null ? null : await this.sessions.find(token);
    if (found === null || found.principal.id !== personId || found.principal.accountId !== accountId) {
      throw new Failure('forbidden', 'Who has begun to link the provider is not signed in here any more.');
    }
    await this.identities.link(cameBack, personId);
  }
}

function goOn(reply: FastifyReply, url: string): void {
  reply.header('cache-control', 'no-store').header('location', url);
}
