import { TestProvider } from '../../support/openid-provider.js';
import { axeFindings, invite, PASSWORD, type ConsoleWorld } from '../console-world.js';

/** Getting in and out. */
export function signInFlows(world: () => ConsoleWorld): void {
  it('lets who is invited choose a password, and sign in with it again', async () => {
    const token = await invite(world().muster, { email: 'ann@example.org', role: 'analyst' });
    const page = await world().openAsNobody(`/invitation#${token}`);
    await page.getByLabel('Address').fill('ann@example.org');
    await page.getByLabel('Password').fill('password1234');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await page.getByText('The invitation was not accepted').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Address').fill('ann@example.org');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are not signed in').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
  });

  it('asks who was signed out elsewhere to sign in, and goes on where he was', async () => {
    const page = await world().open('/p/cdnow/requests?status=failed');
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await page.context().clearCookies();
    await page.getByLabel('Search').fill('purchase');
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
    await page.getByLabel('Address').fill('owner@example.org');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    expect(new URL(page.url()).search).toBe('?status=failed&text=purchase');
  });

  it('links somebody at a provider, signs him in by its button, and unlinks', async () => {
    const { url, adminKey } = world().muster;
    const headers = { authorization: `Bearer ${adminKey}` };
    const provider = await TestProvider.start();
    let id = '';
    try {
      const client = { id: 'console', secret: 'the secret of the client' };
      const body = { name: 'Works', issuer: provider.issuer, client_id: client.id, client_secret: client.secret };
      const sent = { ...headers, 'content-type': 'application/json' };
      const init = { method: 'POST', headers: sent, body: JSON.stringify(body) };
      const made = (await (await fetch(`${url}/v1/account/providers`, init)).json()) as MadeProvider;
      id = made.id;
      await provider.register({ ...client, redirectUri: made.redirect_uri });
      provider.login = { sub: 'somebody', email: 'somebody@elsewhere.example' };
      const page = await world().openAs('analyst', '/account/you');
      await page.getByText('You sign in by password alone').waitFor();
      await page.getByRole('button', { name: 'Link Works' }).click();
      const identities = page.getByRole('group', { name: 'Linked identities' });
      await identities.getByRole('row', { name: new RegExp(provider.issuer) }).waitFor();
      expect(await axeFindings(page)).toEqual([]);

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('link', { name: 'Sign in by Works' }).click();
      await identities.getByRole('row', { name: new RegExp(provider.issuer) }).waitFor();
      await identities.getByRole('button', { name: 'Unlink' }).click();
      await page.getByText('You sign in by password alone').waitFor();
    } finally {
      if (id !== '') await fetch(`${url}/v1/account/providers/${id}`, { method: 'DELETE', headers });
      await provider.stop();
    }
  });
}

interface MadeProvider {
  readonly id: string;
  readonly redirect_uri: string;
}
