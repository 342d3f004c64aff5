import { withAccounts } from './with-accounts.js';

/** Makes a new admin key for whoever has lost the first one, and says in which file it is. */
export async function replaceKey(): Promise<void> {
  const path = await withAccounts((accounts) => accounts.replaceAdminKey());
  console.log(`A new admin key is in the file ${path}; the old one is refused from now on.`);
}
