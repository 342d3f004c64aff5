import type { ProviderDto } from '../../../src/accounts/providers/provider.dto.js';
import { TestBrowser } from '../../support/test-browser.js';
import type { TestResponse } from '../../support/call-http.js';
import type { TestProvider, TestLogin } from '../../support/openid-provider.js';
import type { TestApp } from '../../support/test-app.js';
import { callAt, type Headers } from './signed-in.js';

export const SECRET = 'the secret of the client';

export const byKey = ({ adminKey }: TestApp): Headers => ({ authorization: `Bearer ${adminKey}` });

let clients = 0;

/** A provider of the first account, known to both sides. */
export async function setUp(app: TestApp, provider: TestProvider, more: object = {}): Promise<ProviderDto> {
  clients += 1;
  const id = `muster-${clients}`;
  const body = { name: 'Test', issuer: provider.issuer, client_id: id, client_secret: SECRET, ...more };
  const made = await callAt(app.url, 'POST', '/account/providers', byKey(app), body);
  if (made.status !== 201) throw new Error(made.text);
  const dto = made.json<ProviderDto>();
  await provider.register({ id, secret: SECRET, redirectUri: dto.redirect_uri });
  return dto;
}

/** A browser that has been at the provider and is sent back; the address is not called yet. */
export async function atReturn(
  provider: TestProvider,
  { sign_in_url, redirect_uri }: ProviderDto,
  login: TestLogin,
  query = '',
): Promise<{ browser: TestBrowser; back: string }> {
  provider.login = login;
  const browser = new TestBrowser();
  return { browser, back: await browser.goUntil(`${sign_in_url}${query}`, redirect_uri) };
}

/** The whole way; the last answer of Muster. */
export async function signInBy(
  provider: TestProvider,
  dto: ProviderDto,
  login: TestLogin,
  query = '',
): Promise<{ browser: TestBrowser; answer: TestResponse }> {
  const { browser, back } = await atReturn(provider, dto, login, query);
  return { browser, answer: await browser.get(back) };
}

let people = 0;

/** Somebody whom nobody knows yet. */
export function stranger(domain = 'example.org'): Required<TestLogin> {
  people += 1;
  const email = `person-${people}@${domain}`;
  return { sub: `sub-${people}`, email, email_verified: true, name: `Person ${people}` };
}
