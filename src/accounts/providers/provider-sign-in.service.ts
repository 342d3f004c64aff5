import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hashSecret } from '../../access/hash-secret.js';
import { newToken } from '../../access/session-cookie.js';
import type { Claims } from '../../core/access/sign-up.js';
import { Failure } from '../../core/failure.js';
import { Housekeeping } from '../../stores/postgres/housekeeping.js';
import { StoredSecrets } from '../../stores/secrets/stored-secrets.service.js';
import { StoredSecretEntity } from '../../stores/secrets/stored-secret.entity.js';
import { OpenId, type OpenIdClient } from './openid.service.js';
import { addressesOf } from './provider.dto.js';
import { IdentityProviderEntity, type ProviderSignInEntity } from './provider.entity.js';

/** How long somebody may take at the provider. */
export const SIGN_IN_S = 600;
/** Sign-ins of a network that are under way. */
const MOST_OF_NETWORK = 100;

const BEGIN = `
  INSERT INTO provider_sign_ins (state_hash, browser_hash, provider_id, person_id, nonce, code_verifier, return_to, network)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE ${MOST_OF_NETWORK} > (
    SELECT count(*) FROM provider_sign_ins WHERE network = $8 AND created_at > now() - interval '${SIGN_IN_S} seconds')
  RETURNING state_hash`;

/** Whoever comes first has it: a state that is sent again finds nothing. */
const TAKE = `
  WITH taken AS (
    DELETE FROM provider_sign_ins WHERE state_hash = $1 AND browser_hash = $2 AND provider_id = $3 RETURNING *)
  SELECT person_id AS "personId", nonce, code_verifier AS "codeVerifier", return_to AS "returnTo" FROM taken
  WHERE created_at > now() - interval '${SIGN_IN_S} seconds'`;

const REMOVE_OLD = `
  WITH gone AS (
    DELETE FROM provider_sign_ins WHERE state_hash IN (
      SELECT state_hash FROM provider_sign_ins
      WHERE created_at < $1::timestamptz - interval '${SIGN_IN_S} seconds' LIMIT 500) RETURNING 1)
  SELECT count(*)::integer AS n FROM gone`;

const NOT_HERE =
  'The sign-in is not known here: it came back already, took more than ten minutes, or was begun in another browser. Begin again.';

/** A sign-in that goes to its provider: where to, and what the browser keeps until it comes back. */
export interface Begun {
  readonly url: string;
  readonly browserToken: string;
}

/** What came back from a provider. */
export interface CameBack {
  readonly provider: IdentityProviderEntity;
  readonly claims: Claims;
  /** Who links it to himself; null: somebody signs in. */
  readonly personId: string | null;
  readonly returnTo: string;
}

/** The way of a browser to a provider and back: each once, within ten minutes, and by the same browser. */
@Injectable()
export class ProviderSignIns implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly secrets: StoredSecrets,
    private readonly openId: OpenId,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({
      kind: 'provider_sign_ins',
      step: async (now) => {
        const [gone]: { n: number }[] = await this.database.query(REMOVE_OLD, [now]);
        return gone?.n ?? 0;
      },
    });
  }

  /** @throws Failure not_found */
  async provider(id: string): Promise<IdentityProviderEntity> {
    const provider = await this.database.manager.findOneBy(IdentityProviderEntity, { id });
    if (provider === null) throw new Failure('not_found', 'There is no provider of sign-in with this id.');
    return provider;
  }

  /** @throws Failure too_many_sign_ins, provider_unavailable, secret_unreadable */
  async begin(
    provider: IdentityProviderEntity,
    from: { readonly origin: string; readonly network: string | null },
    { personId, returnTo }: Pick<ProviderSignInEntity, 'personId' | 'returnTo'>,
  ): Promise<Begun> {
    const sent = this.openId.newSent();
    const browserToken = newToken();
    const { nonce, codeVerifier } = sent;
    const [hash, browser] = [hashSecret(sent.state), hashSecret(browserToken)];
    const row = [hash, browser, provider.id, personId, nonce, codeVerifier, returnTo, from.network ?? ''];
    const stored: unknown[] = await this.database.query(BEGIN, row);
    if (stored.length === 0) throw tooMany();
    return { url: await this.openId.urlFor(await this.clientOf(provider, from.origin), sent), browserToken };
  }

  /** @throws Failure sign_in_failed, provider_unavailable, secret_unreadable */
  async finish(
    provider: IdentityProviderEntity,
    origin: string,
    { query, browserToken }: { readonly query: string; readonly browserToken: string | null },
  ): Promise<CameBack> {
    const state = new URLSearchParams(query).get('state');
    if (state === null || browserToken === null) throw new Failure('sign_in_failed', NOT_HERE);
    const key = [hashSecret(state), hashSecret(browserToken), provider.id];
    const [taken]: Pick<ProviderSignInEntity, 'personId' | 'nonce' | 'codeVerifier' | 'returnTo'>[] =
      await this.database.query(TAKE, key);
    if (taken === undefined) throw new Failure('sign_in_failed', NOT_HERE);
    const { personId, returnTo, ...sent } = taken;
    const claims = await this.openId.finish(await this.clientOf(provider, origin), { ...sent, state }, query);
    return { provider, claims, personId, returnTo };
  }

  private async clientOf(provider: IdentityProviderEntity, origin: string): Promise<OpenIdClient> {
    const { id, issuer, clientId } = provider;
    const hasSecret = await this.database.manager.existsBy(StoredSecretEntity, { ownerId: id });
    const clientSecret = hasSecret ? await this.secrets.get(provider) : null;
    return { issuer, clientId, clientSecret, redirectUri: addressesOf(id, origin).redirect_uri };
  }
}

function tooMany(): Failure {
  const detail = `${MOST_OF_NETWORK} sign-ins by providers are under way from the network. Try again in ${SIGN_IN_S} s.`;
  return new Failure('too_many_sign_ins', detail, [], { retry_after: SIGN_IN_S });
}
