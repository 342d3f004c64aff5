import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** What came in, batches and how they are taken back, lists of users, named metrics. */
export function dataFlows(world: () => ConsoleWorld): void {
  it('shows which events came in with what', async () => {
    const page = await world().open('/p/cdnow/schema');
    const row = page.getByRole('group', { name: 'Events by name' }).getByRole('row', { name: /purchase/ });
    expect(await row.innerText()).toMatch(/69,659[^]*dollars number/);
    await page.getByLabel('Search').fill('nothing like it');
    await row.waitFor({ state: 'detached' });
    expect(await axeFindings(page)).toEqual([]);
  });

  it('takes a batch back by its number', async () => {
    const wiki = world().muster.client.property('wiki');
    await wiki.sendEvents([{ user: 'ann', event: 'oops', time: '2024-01-05T10:00:00Z' }]);
    const page = await world().open('/p/wiki/batches');
    await page.getByRole('group', { name: 'Batches' }).getByRole('link').first().click();
    await page.getByRole('heading', { name: /^Batch/ }).waitFor();
    const number = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page.getByRole('button', { name: 'Take it back…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/1 events that were new/).waitFor();
    await dialog.getByLabel(/^Type/).fill(number);
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('Taken back by').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'All batches' }).click();
    await page.getByText(`took back ${number}`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('names a metric, makes a new version of it, and puts it out of use', async () => {
    const page = await world().open('/p/cdnow/metrics');
    await page.getByRole('link', { name: 'Name a metric' }).click();
    await page.getByLabel('Built-in metric').selectOption('value_sum');
    await page.getByLabel('Name').fill('cds_bought');
    await page.getByLabel('Title').fill('CDs bought');
    const value = page.getByRole('group', { name: 'value' });
    await value.getByLabel('In requests').selectOption('fixed');
    await value.getByLabel('Value').fill('7');
    await page.getByRole('button', { name: 'Name it' }).click();
    await page.getByText('Nothing was saved').waitFor();
    expect(await value.getByLabel('Value').getAttribute('aria-invalid')).toBe('true');
    expect(await axeFindings(page)).toEqual([]);
    await value.getByLabel('Value').fill('cds');
    await page.getByRole('button', { name: 'Name it' }).click();
    const row = page.getByRole('row', { name: /cds_bought/ });
    expect(await row.innerText()).toContain('value: cds');
    await row.getByRole('link').click();
    await page.getByLabel('Title').fill('Discs bought');
    await page.getByRole('button', { name: 'Make a new version' }).click();
    await page.getByRole('row', { name: /Discs bought.*2/s }).waitFor();
    await row.getByRole('button', { name: 'Put out of use' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put it out of use' }).click();
    await page.getByText('No metric has a name yet').waitFor();
    await page.getByLabel('Which').selectOption('true');
    await row.waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('names the metrics of a preset at once', async () => {
    const page = await world().open('/p/wiki/metrics');
    await page.getByRole('button', { name: 'Add a preset' }).click();
    const dialog = page.getByRole('dialog');
    const named = dialog.getByRole('list', { name: 'What it adds' }).getByRole('listitem');
    await named.filter({ hasText: 'page_views' }).waitFor();
    await dialog.getByLabel('Preset').selectOption('wikimedia');
    await named.filter({ hasText: 'bytes_added' }).waitFor();
    const count = await named.count();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: `Add ${count} metrics` }).click();
    await dialog.getByText(`${count} metrics were added.`).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await page.getByRole('group', { name: 'Named metrics' }).getByRole('row').count()).toBe(count + 1);
    await page.getByRole('button', { name: 'Add a preset' }).click();
    await dialog.getByLabel('Preset').selectOption('wikimedia');
    expect(await dialog.getByRole('button', { name: 'Nothing to add' }).isDisabled()).toBe(true);
  });

  it('looks a user up, and says where nothing is known', async () => {
    const page = await world().open('/p/wiki/users');
    await page.getByLabel('Id of the user').fill('ada');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByRole('heading', { name: 'ada' }).waitFor();
    await page.getByRole('row', { name: /skin/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Id of the user').fill('nobody at all');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('Nothing is known of this user').waitFor();
  });

  it('lists the uploads, and drops one', async () => {
    const { url, adminKey } = world().muster;
    await fetch(`${url}/v1/properties/cdnow/cohort-uploads?name=pasted&validate=lenient&wait=10`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'text/plain' },
      body: '1\n2\nnobody\n',
    });
    const page = await world().open('/p/cdnow/uploads');
    const row = page.getByRole('row', { name: /pasted/ });
    expect((await row.innerText()).replaceAll(/\s+/g, ' ')).toContain('checked 3 0 3 0');
    expect(await axeFindings(page)).toEqual([]);
    await row.getByRole('button', { name: 'Drop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop it' }).click();
    await page.getByText('No list is here').waitFor();
  });

  it('shows a viewer neither lists of users nor what came in, and no button that changes', async () => {
    const page = await world().openAs('viewer', '/p/cdnow/metrics');
    await page.getByRole('heading', { name: 'Named metrics' }).waitFor();
    expect(await page.getByRole('link', { name: 'Name a metric' }).count()).toBe(0);
    for (const path of ['uploads', 'schema', 'batches', 'users?user=ada']) {
      await page.goto(`/p/cdnow/${path}`);
      await page.getByRole('heading', { name: 'Not for you to see' }).waitFor();
    }
    await page.goto('/p/cdnow/settings');
    await page.getByText('Changing them needs the grant').waitFor();
    expect(await page.getByRole('button', { name: 'Delete…' }).count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
  });
}
