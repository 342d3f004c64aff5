import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { DataSource } from 'typeorm';
import { accessTo } from '../../core/access/access.js';
import { roleOfClaim, type RoleOfValue, type TokenAlgorithm } from '../../core/access/parse-token-issuer.js';
import { Failure } from '../../core/failure.js';
import { quoted } from '../../core/json-shape.js';
import { OutboundFailure } from '../../platform/outbound/outbound.service.js';
import { SharedReads } from '../../stores/postgres/shared-reads.js';
import { authenticated, PROPERTY_COLUMNS, type Authenticated, type FoundProperty } from '../authenticated.js';
import { IssuerKeys } from './issuer-keys.service.js';

/** Longer ones cost more to read than anybody needs. */
const LONGEST = 8192;
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const SUBJECT = /^[\x21-\x7e]{1,255}$/;
const ACCESS_TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);
const OF_ID_TOKENS = ['nonce', 'at_hash', 'c_hash'];
/** How far the clock of an issuer may be from ours, in seconds. */
const SKEW_S = 30;

interface FoundIssuer extends FoundProperty {
  readonly id: string;
  readonly account_id: string;
  readonly issuer: string;
  readonly audience: string;
  readonly jwks_uri: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly claim: string;
  readonly roles: readonly RoleOfValue[];
}

const FIND = `
  SELECT issuer.id, issuer.account_id, issuer.issuer, issuer.audience, issuer.jwks_uri, issuer.algorithms, issuer.claim,
    issuer.roles,${PROPERTY_COLUMNS}
  FROM token_issuers AS issuer
  LEFT JOIN properties AS property
    ON property.account_id = issuer.account_id AND (property.slug = $3 OR property.id = $3)
  WHERE issuer.issuer = $1 AND issuer.audience = ANY ($2) LIMIT 2`;

/** Why a token is not taken, by the codes of jose; what else is wrong has no text of its own. */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature is not of the issuer',
  ERR_JWKS_NO_MATCHING_KEY: 'the issuer has no such key',
  ERR_JOSE_ALG_NOT_ALLOWED: 'its algorithm is not one of those of the issuer',
};

/** Takes JWTs (RFC 7519) of issuers that accounts have set up, in place of keys. */
@Injectable()
export class TokenAuthenticator {
  private readonly reads = new SharedReads<readonly FoundIssuer[]>();

  constructor(
    private readonly database: DataSource,
    private readonly keys: IssuerKeys,
  ) {}

  /** Whether a text has the shape of a token: no key has. */
  static isToken(text: string): boolean {
    return text.length <= LONGEST && SHAPE.test(text);
  }

  /**
   * The caller of a token, and the property that the path names. The issuer is read each time, so that one that is
   * removed is refused at once; its keys are kept.
   * @throws Failure unauthenticated
   */
  async authenticate(token: string, propertyNamed?: string): Promise<Authenticated> {
    const issuer = await this.issuerOf(token, propertyNamed ?? null);
    const claims = await this.verified(token, issuer);
    const role = roleOfClaim(issuer.roles, claims[issuer.claim]);
    if (role === null) throw refused(`its claim ${quoted(issuer.claim)} gives no role`);
    const { id: issuerId, account_id: accountId } = issuer;
    const access = accessTo({ role, grants: null }, null);
    return authenticated({ id: `${issuerId}/${claims.sub}`, accountId, access, sessionId: null }, issuer);
  }

  /** That of one account alone: what the token says is not believed yet. */
  private async issuerOf(token: string, propertyNamed: string | null): Promise<FoundIssuer> {
    const { iss, aud } = decoded(token);
    const audiences = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string');
    if (typeof iss !== 'string' || audiences.length === 0) throw refused('it needs `iss` and `aud`');
    const key = JSON.stringify([iss, audiences, propertyNamed]);
    const [found, another] = await this.reads.share(key, () =>
      this.database.query<FoundIssuer[]>(FIND, [iss, audiences, propertyNamed]),
    );
    if (found === undefined) throw refused('no account takes tokens of its issuer for its audience');
    if (another !== undefined) throw refused('its audiences are of several accounts');
    return found;
  }

  private async verified(token: string, found: FoundIssuer): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.keys.of(found.jwks_uri), {
        issuer: found.issuer,
        audience: found.audience,
        algorithms: [...found.algorithms],
        clockTolerance: SKEW_S,
        requiredClaims: ['exp', 'sub'],
      });
      if (!isForAccess(protectedHeader, payload)) throw refused('it is of another kind than an access token');
      if (typeof payload.sub === 'string' && SUBJECT.test(payload.sub)) return payload;
    } catch (error) {
      throw refusalOf(error);
    }
    throw refused('its `sub` is no text of 1 to 255 visible characters');
  }
}

function decoded(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw refused('it cannot be read');
  }
}

/**
 * Whether it may be an access token (RFC 9068): its type, if it says one, is none of the others (RFC 8725, 3.11), and it
 * has no claim that ID tokens alone have (OpenID Connect Core, 3.3.2.11).
 */
function isForAccess({ typ }: JWTHeaderParameters, claims: JWTPayload): boolean {
  const type = typ?.toLowerCase().replace(/^application\//, '') ?? 'jwt';
  return ACCESS_TYPES.has(type) && OF_ID_TOKENS.every((claim) => !Object.hasOwn(claims, claim));
}

function refusalOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof OutboundFailure) {
    return new Failure('provider_unavailable', `The keys of the issuer cannot be read: ${error.message}.`);
  }
  if (error instanceof errors.JWTClaimValidationFailed) return refused(`its claim ${quoted(error.claim)} is not right`);
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) {
    return new Failure('provider_unavailable', 'The keys of the issuer cannot be read.');
  }
  if (error instanceof errors.JOSEError) return refused(REFUSALS[error.code] ?? 'it is not valid');
  throw error;
}

function refused(why: string): Failure {
  return new Failure('unauthenticated', `The token is not taken: ${why}.`);
}
