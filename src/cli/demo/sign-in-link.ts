import { createApi, unwrap } from '../../../packages/client/src/index.js';
import { SecretFile } from '../../platform/config/secret-file.js';

/**
 * Where the first owner signs in: the link of the invitation that the first start has written, while it is open; else
 * the page, and how to get another link.
 */
export async function signInLink(url: string, apiKey: string, dataDir: string): Promise<string> {
  const token = new SecretFile(dataDir, 'owner-invitation').text();
  const { data } = unwrap(await createApi({ url, apiKey }).GET('/v1/account/invitations'));
  const isOpen = data.some(({ email, state }) => email === null && state === 'open');
  if (token !== null && isOpen) return `${url}/invitation#${token.trim()} (once, within an hour)`;
  return `${url} (a link to sign in: npm run muster -- owner you@example.org)`;
}
