import { Injectable } from '@nestjs/common';
import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { parseEmail } from '../../core/access/parse-email.js';
import { TOKEN_ALGORITHMS } from '../../core/access/parse-token-issuer.js';
import type { Claims } from '../../core/access/sign-up.js';
import { Failure } from '../../core/failure.js';
import { quoted } from '../../core/json-shape.js';
import { Outbound, OutboundFailure } from '../../platform/outbound/outbound.service.js';

/** How far the clock of a provider may be from ours, in seconds. */
const SKEW_S = 30;
const SCOPE = 'openid email profile';

/** A provider, as this server is known to it. */
export interface OpenIdClient {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecret: string | null;
  /** Compared by the provider as it is. */
  readonly redirectUri: string;
}

/** What a sign-in that comes back has to hold. */
export interface Sent {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** The authorization code flow of OpenID Connect, with PKCE, state and nonce, by `openid-client`. */
@Injectable()
export class OpenId {
  constructor(private readonly outbound: Outbound) {}

  newSent(): Sent {
    return {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
  }

  /** Where a browser goes. @throws Failure provider_unavailable */
  async urlFor(client: OpenIdClient, { state, nonce, codeVerifier }: Sent): Promise<string> {
    const config = await this.discover(client);
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: client.redirectUri,
      scope: SCOPE,
      response_type: 'code',
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    if (!/^https?:$/.test(url.protocol)) throw unavailable(client, 'its authorization endpoint is no web address');
    return url.href;
  }

  /**
   * Who has signed in. `query`: as the browser has brought it back, to `redirectUri`.
   * @throws Failure sign_in_failed, provider_unavailable
   */
  async finish(client: OpenIdClient, sent: Sent, query: string): Promise<Claims> {
    const config = await this.discover(client);
    try {
      const tokens = await openid.authorizationCodeGrant(config, new URL(`${client.redirectUri}?${query}`), {
        pkceCodeVerifier: sent.codeVerifier,
        expectedState: sent.state,
        expectedNonce: sent.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw failed('it has sent no ID token');
      refuseAlgorithm(tokens.id_token ?? '');
      // A provider of many tenants would speak for all of them.
      if (claims.iss !== client.issuer) throw failed(`its tokens are of the issuer ${quoted(claims.iss)}`);
      const more = await moreOf(config, claims, tokens.access_token);
      return claimsOf(claims.iss, claims.sub, more);
    } catch (error) {
      throw asFailure(client, error);
    }
  }

  private async discover({ issuer, clientId, clientSecret }: OpenIdClient): Promise<openid.Configuration> {
    const fetch: openid.CustomFetch = (url, { method, headers, body, signal }) =>
      this.outbound.fetch(url, { method, headers, body: textOf(body), signal });
    const execute = [
      // Signatures are checked, also of tokens that came straight from the provider.
      openid.enableNonRepudiationChecks,
      // Whether an address may be called over http is up to `Outbound`.
      ...(this.outbound.takesHttp ? [openid.allowInsecureRequests] : []),
    ];
    try {
      const options = { execute, [openid.customFetch]: fetch };
      const metadata = { [openid.clockTolerance]: SKEW_S };
      const config = await openid.discovery(new URL(issuer), clientId, metadata, shown(clientSecret), options);
      if (config.serverMetadata().issuer !== issuer) throw new OutboundFailure('it says that it is another issuer');
      return config;
    } catch (error) {
      throw unavailable({ issuer }, reasonOf(error));
    }
  }
}

/** The secret, as the provider takes it: in the header, as all have to, unless it names other ways alone. */
function shown(secret: string | null): openid.ClientAuth {
  if (secret === null) return openid.None();
  return (server, client, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported;
    const isInHeader = ways === undefined || ways.includes('client_secret_basic');
    const show = isInHeader ? openid.ClientSecretBasic(secret) : openid.ClientSecretPost(secret);
    return show(server, client, body, headers);
  };
}

function textOf(body: openid.FetchBody): string | Uint8Array | null {
  if (body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array)
    return body ?? null;
  if (body instanceof URLSearchParams) return body.toString();
  throw new Error('A body of a call that is no text');
}

/** By a key that the provider alone has: not `none`, and no secret that others know too. */
function refuseAlgorithm(idToken: string): void {
  const { alg } = decodeProtectedHeader(idToken);
  if (!TOKEN_ALGORITHMS.some((known) => known === alg)) throw failed(`its ID token is signed by ${quoted(alg)}`);
}

/** With what the provider tells by its UserInfo endpoint, where the ID token has no address. */
async function moreOf(
  config: openid.Configuration,
  claims: openid.IDToken,
  accessToken: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (claims['email'] !== undefined || config.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...(await openid.fetchUserInfo(config, accessToken, claims.sub)), iss: claims.iss };
}

function claimsOf(issuer: string, subject: string, more: Readonly<Record<string, unknown>>): Claims {
  const { email, email_verified: isVerified, name } = more;
  return {
    issuer,
    subject,
    email: emailOf(email),
    isVerified: isVerified === true,
    name: typeof name === 'string' && name.trim() !== '' ? nameOf(name) : null,
  };
}

function emailOf(email: unknown): string | null {
  try {
    return parseEmail(email, '');
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** As names of persons are: 200 characters without control characters. */
function nameOf(name: string): string {
  const clean = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').trim();
  return Array.from(clean).slice(0, 200).join('');
}

function asFailure(client: OpenIdClient, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  if (error instanceof OutboundFailure || cause instanceof OutboundFailure) return unavailable(client, reasonOf(error));
  return failed(reasonOf(error));
}

function failed(reason: string): Failure {
  return new Failure('sign_in_failed', `The provider did not sign you in: ${reason}. Begin again.`);
}

function unavailable({ issuer }: Pick<OpenIdClient, 'issuer'>, reason: string): Failure {
  return new Failure('provider_unavailable', `The provider ${issuer} cannot be used: ${reason}.`);
}

/** What went wrong in one line; texts of others are quoted. */
function reasonOf(error: unknown): string {
  if (error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError) {
    return `it answers ${quoted(error.error)}`;
  }
  if (!(error instanceof Error)) return 'an unknown error';
  if (error.cause instanceof OutboundFailure) return error.cause.message;
  return error.message.replace(/\.$/, '');
}
