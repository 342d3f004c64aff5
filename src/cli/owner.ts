import { parseEmail } from '../core/access/parse-email.js';
import { withAccounts } from './with-accounts.js';

/** Invites an owner, and prints the token for POST /v1/invitations/accept. */
export async function inviteOwner(address: string): Promise<void> {
  const email = parseEmail(address, '');
  console.log(await withAccounts((accounts) => accounts.inviteOwner(email)));
}
