import { readFileSync } from 'node:fs';
import { axeFindings, PASSWORD, type ConsoleWorld } from '../console-world.js';

/** Who may do what: members and their invitations, keys, the person himself, and what the log says of it. */
export function accessFlows(world: () => ConsoleWorld): void {
  it('invites somebody by a link that is shown once, gives another role, and removes him', async () => {
    const page = await world().open('/account/members');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill('bea@example');
    await dialog.getByRole('button', { name: 'Make the invitation' }).click();
    await dialog.getByText('Nobody was invited').waitFor();
    await dialog.getByLabel('Address').fill('bea@example.org');
    await dialog.getByLabel('May do').selectOption('viewer');
    await dialog.getByRole('button', { name: 'Add a property' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make the invitation' }).click();
    const link = await dialog.getByLabel('Link of the invitation').inputValue();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(link);

    const guest = await world().openAsNobody(new URL(link).pathname + new URL(link).hash);
    await guest.getByLabel('Address').fill('bea@example.org');
    await guest.getByLabel('Password').fill(PASSWORD);
    await guest.getByRole('button', { name: 'Accept and sign in' }).click();
    await guest.getByRole('navigation', { name: 'Views' }).waitFor();

    await page.reload();
    const row = page.getByRole('group', { name: 'Members' }).getByRole('row', { name: /bea@example.org/ });
    expect(await row.innerText()).toContain('viewer');
    await row.getByRole('button', { name: 'Change' }).click();
    await dialog.getByLabel('May do').selectOption('grants');
    await dialog.getByLabel('keys', { exact: true }).selectOption('read');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await row.getByText('keys:read').waitFor();
    await guest.goto('/account/keys');
    await guest.getByRole('heading', { name: 'Keys' }).waitFor();
    expect(await guest.getByRole('button', { name: 'Make a key' }).count()).toBe(0);

    await row.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByLabel(/Keys and issuers/).selectOption('revoke');
    expect(await dialog.getByRole('button', { name: 'Remove', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel(/^Type/).fill('bea@example.org');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    expect(await axeFindings(page)).toEqual([]);
    await guest.reload();
    await guest.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
  });

  it('makes a key, whose secret is shown once, rotates and revokes it', async () => {
    const page = await world().open('/account/keys');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await dialog.getByLabel('Name').fill('nightly report');
    await dialog.getByLabel('CDNOW purchases').check();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const secret = await dialog.getByLabel('Secret key').inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const status = async (key: string): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${world().muster.url}/v1/properties/cdnow`, { headers })).status;
    };
    expect(await status(secret)).toBe(200);

    const row = page.getByRole('row', { name: /nightly report/ });
    await row.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByLabel(/How long/).selectOption('PT0S');
    await dialog.getByRole('button', { name: 'Make a new secret' }).click();
    const next = await dialog.getByLabel('New secret').inputValue();
    await page.keyboard.press('Escape');
    expect([await status(secret), await status(next)]).toEqual([401, 200]);

    await row.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByLabel(/^Type/).fill('nightly report');
    await dialog.getByRole('button', { name: 'Revoke the key' }).click();
    await row.getByText('revoked').waitFor();
    expect(await status(next)).toBe(401);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('tells of a field what is wrong with it, beside it', async () => {
    const page = await world().open('/account/keys');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await dialog.getByLabel('Name').fill('page');
    await dialog.getByLabel('Kind').selectOption('public');
    await dialog.getByLabel('Origins').fill('not an origin');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await dialog.getByText('No key was made').waitFor();
    expect(await dialog.getByLabel('Origins').getAttribute('aria-invalid')).toBe('true');
    expect(await axeFindings(page)).toEqual([]);
  });

  it('reads the log by action, and saves it', async () => {
    const page = await world().open('/account/audit');
    await page.getByLabel('Action').selectOption('key.revoke');
    await page.waitForURL(/action=key.revoke/);
    const table = page.getByRole('group', { name: 'Audit log' });
    await table.getByText('key.create').first().waitFor({ state: 'detached' });
    await table.getByText('key.revoke').first().waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
    expect(await axeFindings(page)).toEqual([]);
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as CSV' }).click();
    const lines = readFileSync(await (await started).path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('key.revoke');
  });

  it('shows the person where he is signed in, and changes his password', async () => {
    const page = await world().openAs('analyst', '/account/you');
    await page.getByText('this one').waitFor();
    await page.getByLabel('Present password').fill('not this password');
    await page.getByLabel('New password').fill('another lamp hums at noon');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('This is not your present password.').waitFor();
    await page.getByLabel('Present password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('The password is changed').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('keeps what is of owners and admins from a viewer', async () => {
    const page = await world().openAs('viewer', '/account/storage');
    await page.getByRole('heading', { name: 'By kind' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const views = page.getByRole('navigation', { name: 'Views' });
    for (const label of ['Members', 'Keys', 'Audit log']) {
      expect(await views.getByRole('link', { name: label }).count()).toBe(0);
    }
    await page.goto('/account/members');
    await page.getByRole('heading', { name: 'Not for you to see' }).waitFor();
    await page.goto('/account/limits');
    await page.getByLabel('Search').fill('audit');
    await page.getByText('MUSTER_', { exact: false }).first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
}
