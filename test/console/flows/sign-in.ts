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
}
