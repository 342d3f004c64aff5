import type { SignUp } from './parse-provider.js';

/** What a provider says of who has signed in with it. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  /** In lower case; null: it says none, or none that is one. */
  readonly email: string | null;
  /** Whether it says that it has verified the address. */
  readonly isVerified: boolean;
  readonly name: string | null;
}

/** Whether the word of a provider is taken for the address: it is verified, and of one of its domains. */
export function isAuthoritative(domains: readonly string[], { email, isVerified }: Claims): boolean {
  return isVerified && email !== null && domains.includes(email.slice(email.lastIndexOf('@') + 1));
}

/** What is known of the address of who is no member by an identity of the provider. */
export interface Known {
  /**
   * Whose it is: nobody's; a member's of the account alone, or of others too; a person's who is none; or of who came by
   * the provider before, and is no member any more.
   */
  readonly person: 'none' | 'member' | 'shared' | 'elsewhere' | 'left';
  /** Whether the account has an open invitation for it. */
  readonly isInvited: boolean;
}

/** What becomes of him, or why he is refused. */
export type Decision = 'link' | 'join' | 'accept' | { readonly refused: string };

const UNVERIFIED = 'The provider does not say that it has verified the address.';
const NOT_ITS_DOMAIN =
  'The address belongs to somebody who signs in otherwise: sign in so, and link the provider by POST /v1/session/identities.';
const SHARED =
  'The address belongs to a member of other accounts too: sign in with the password, and link the provider by POST /v1/session/identities.';
const ELSEWHERE =
  'The address belongs to a person of another account: accept an invitation with the password, and link the provider then.';
const CLOSED = 'You are no member of the account, and the provider lets nobody sign up. Ask for an invitation.';
const BY_LINK =
  'The provider is not for the domain of the address: accept an invitation by its link, and link the provider by POST /v1/session/identities.';
const NOT_INVITED = 'There is no open invitation for the address. Ask for one.';

/**
 * A person of before is taken for the same one only where the provider is authoritative for the address and he is a
 * member of this account alone: a password of a person elsewhere proves nothing about his address, so joining the two
 * would give one of them to the other. An invitation is accepted by the address alone only by its word too: whoever sets
 * up a provider of his own could say any address of it, and have what others were invited to.
 */
export function decideSignUp(signUp: SignUp, domains: readonly string[], claims: Claims, known: Known): Decision {
  if (!claims.isVerified || claims.email === null) return { refused: UNVERIFIED };
  const isOurs = isAuthoritative(domains, claims);
  if (known.person === 'member') return isOurs ? 'link' : { refused: NOT_ITS_DOMAIN };
  if (known.person === 'shared') return { refused: isOurs ? SHARED : NOT_ITS_DOMAIN };
  if (known.person === 'elsewhere') return { refused: ELSEWHERE };
  if (signUp === 'closed') return { refused: CLOSED };
  if (!isOurs) return { refused: signUp === 'domain' ? CLOSED : BY_LINK };
  if (known.isInvited) return 'accept';
  // Who was removed does not come back by himself.
  return signUp === 'domain' && known.person === 'none' ? 'join' : { refused: NOT_INVITED };
}
