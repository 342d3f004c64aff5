import type { EntityManager } from 'typeorm';
import { invalid } from '../../core/failure.js';
import { takeLock } from '../../stores/postgres/advisory-locks.js';
import { IdentityProviderEntity } from '../providers/provider.entity.js';
import { TokenIssuerEntity } from './token-issuer.entity.js';

/**
 * Refuses an audience that is the client of a provider of the account at the same issuer: its ID tokens tell who has
 * signed in, and are not for calls (RFC 8725, 3.9). To be called in the transaction that has written either of the two.
 * @throws Failure invalid_field for `field`
 */
export async function refuseIdTokens(
  manager: EntityManager,
  accountId: string,
  field: '/audience' | '/client_id',
): Promise<void> {
  await takeLock(manager, 'members', accountId);
  const isMet = await manager
    .createQueryBuilder(TokenIssuerEntity, 'tokens')
    .innerJoin(
      IdentityProviderEntity,
      'provider',
      'provider.issuer = tokens.issuer AND provider.client_id = tokens.audience',
    )
    .where('tokens.account_id = :accountId AND provider.account_id = :accountId', { accountId })
    .getExists();
  if (!isMet) return;
  const detail =
    'An issuer of tokens and a provider of sign-in would have the same `issuer`, and the same client as audience: ID tokens would count as access tokens. Have the issuer sign tokens for an audience of their own.';
  throw invalid('invalid_field', field, detail);
}
