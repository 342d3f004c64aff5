import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** A property from its beginning to its end, and the tag of the tracker. */
export function settingsFlows(world: () => ConsoleWorld): void {
  it('makes a property, renames it, puts it away, takes it back and deletes it by its slug', async () => {
    const page = await world().open('/account/properties');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Make a property' }).click();
    await dialog.getByLabel('Name').fill('Ménagerie 2');
    expect(await dialog.getByLabel('Slug').inputValue()).toBe('menagerie-2');
    await dialog.getByLabel('Time zone').fill('Europe/Nowhere');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog.getByText('No property was made').waitFor();
    expect(await dialog.getByLabel('Time zone').getAttribute('aria-invalid')).toBe('true');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel('Time zone').fill('Europe/Berlin');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { name: 'Tracker' }).waitFor();

    await page.goto('/p/menagerie-2/settings');
    await page.getByLabel('Slug').fill('animals');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL(/\/p\/animals\/settings/);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Put away…' }).click();
    await dialog.getByRole('button', { name: 'Put it away' }).click();
    await page.getByRole('heading', { name: 'Properties' }).waitFor();
    await page.getByLabel('Which').selectOption('true');
    const row = page.getByRole('row', { name: /animals/ });
    await row.getByText('put away').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await row.getByRole('button', { name: 'Take back' }).click();
    await row.waitFor({ state: 'detached' });

    await page.goto('/p/animals/settings');
    await page.getByRole('button', { name: 'Delete…' }).click();
    const button = dialog.getByRole('button', { name: 'Delete it for good' });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel(/^Type/).fill('animals');
    expect(await axeFindings(page)).toEqual([]);
    await button.click();
    const deleted = page.getByRole('group', { name: 'Deleted properties' });
    await deleted.getByRole('row', { name: /animals.*succeeded/s }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('gives the tag of the tracker with a key that was made for it', async () => {
    const page = await world().open('/p/wiki/tracker');
    await page.getByLabel('Origins').fill('https://www.example.org');
    await page.getByRole('button', { name: 'Make a public key' }).click();
    await page.getByText('is made, and stands in the tag below').waitFor();
    const tag = await page.getByLabel('Tag to paste').innerText();
    expect(tag).toMatch(/^<script async src="http:\/\/[^"]+\/t\.js" data-key="muster_pk_[A-Za-z0-9]+"><\/script>$/);
    await page.getByRole('group', { name: 'Public keys' }).getByText('https://www.example.org').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('says what trackers may tell, and which ids stand for nobody', async () => {
    const page = await world().open('/p/wiki/tracker');
    await page.getByLabel('Visitors').selectOption('daily');
    await page.getByLabel('Kept query parameters').fill('page, q');
    await page.getByRole('button', { name: 'Save what is collected' }).click();
    await page.getByText('It holds for what comes from now on.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.reload();
    expect(await page.getByLabel('Kept query parameters').inputValue()).toBe('page, q');
    await page.goto('/p/wiki/settings');
    await page.getByLabel('Refused ids').fill('undefined\nnull\n');
    await page.getByRole('button', { name: 'Save the ids' }).click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    expect(await page.getByLabel('Refused ids').inputValue()).toBe('undefined\nnull');
    expect(await axeFindings(page)).toEqual([]);
  });

  it('names the account, and lets an owner alone delete it, by its name', async () => {
    const page = await world().open('/account/settings');
    await page.getByRole('textbox', { name: 'Name' }).fill('The works');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('A small wiki').waitFor();
    await dialog.getByLabel('Type The works to go on').fill('The work');
    expect(await dialog.getByRole('button', { name: 'Delete it for good' }).isDisabled()).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
    const admin = await world().openAs('admin', '/account/settings');
    await admin.getByRole('textbox', { name: 'Name' }).waitFor();
    expect(await admin.getByRole('button', { name: 'Delete…' }).count()).toBe(0);
  });

  it('adds a provider of sign-in and an issuer of tokens, and removes them', async () => {
    const page = await world().open('/account/sign-in');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Add a provider' }).click();
    await dialog.getByLabel('Name').fill('Example login');
    await dialog.getByLabel('Issuer').fill('https://login.example.org');
    await dialog.getByLabel('Client id').fill('muster');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Add it' }).click();
    expect(await dialog.getByLabel('Redirect address').inputValue()).toMatch(/\/callback$/);
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByLabel(/^Type/).fill('Example login');
    await dialog.getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('People sign in by password alone').waitFor();

    await page.goto('/account/token-issuers');
    await page.getByRole('button', { name: 'Add an issuer' }).click();
    await dialog.getByLabel('Name').fill('Build server');
    await dialog.getByLabel('Issuer').fill('https://login.example.org');
    await dialog.getByLabel('Address of its keys').fill('https://login.example.org/jwks');
    await dialog.getByLabel('Value', { exact: true }).fill('analysts');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await page.getByRole('row', { name: /Build server.*analysts is viewer/s }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
}
