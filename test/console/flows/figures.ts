import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** Active users, counters, visitors, sessions and trackables: figures with their pictures and tables. */
export function figuresFlows(world: () => ConsoleWorld): void {
  beforeAll(async () => {
    const { client, url, adminKey } = world().muster;
    await client.createProperty({ slug: 'whiteboard', name: 'Whiteboard' });
    const board = client.property('whiteboard');
    const now = Date.now();
    const at = (days: number): string => new Date(now - days * 86_400_000).toISOString();
    const statistic = (user: string, application: string, value: number) => ({
      user,
      event: '$statistic',
      time: at(2),
      properties: { name: 'words', value, change: value, $application: application },
    });
    await board.sendEvents([
      statistic('ada', 'editor', 40),
      statistic('ada', 'viewer', 2),
      statistic('ben', 'editor', 25),
      ...['ada', 'ben', 'cat'].map((user, i) => ({
        user,
        event: '$state',
        time: at(2),
        properties: { name: 'theme', state: i === 0 ? 'light' : 'dark', $application: 'editor' },
      })),
      ...['ada', 'ben'].map((user, i) => ({
        user,
        event: '$page',
        time: new Date(now - i * 1000).toISOString(),
        properties: { $session: `s-${user}`, $source: i === 0 ? 'news' : 'ads' },
      })),
    ]);
    await board.upsertUsers([{ user: 'ada', traits: { alias: 'Ada L.' } }] as never);
    await fetch(`${url}/v1/properties/whiteboard/usage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        batch: 'console-1',
        counts: [
          { event: '/', category: 'page', count: 5 },
          { event: '/login', category: 'threats', count: 2 },
        ],
        marks: [{ event: 'v2.1', category: 'timeline' }],
      }),
    });
  });

  it('counts active users now and over time, and changes what counts', async () => {
    const page = await world().open('/p/whiteboard/active-users');
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    await page.getByRole('img', { name: /Lines: active users by day/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'What counts as active' }).click();
    await page.getByLabel('Windows').fill('P1D\nsoon');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing was changed').waitFor();
    expect(await page.getByLabel('Windows').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Windows').fill('P1D\nP2D');
    await page.getByLabel(/There are sessions/).check();
    await page.getByLabel('Events that begin one').fill('login');
    await page.getByLabel('Events that end one').fill('logout');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto('/p/whiteboard/active-users');
    await page.getByText('In 2 days', { exact: true }).waitFor();
    await page.getByText('Connected', { exact: true }).waitFor();
  });

  it('shows counters by category, and what other settings would delete', async () => {
    const page = await world().open('/p/whiteboard/usage');
    await page.getByRole('img', { name: /Stacked: Counts by day and category/ }).waitFor();
    await page.getByText('The same as a table').click();
    await page.getByRole('cell', { name: 'threats' }).waitFor();
    await page.getByRole('group', { name: 'Marks in time' }).getByText('v2.1').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Category' }).selectOption('page');
    await page.getByRole('img', { name: /page by day/ }).waitFor();
    await page.goto('/p/whiteboard/usage/settings');
    await page.getByLabel('Months for which anything is kept').fill('12');
    await page.getByRole('button', { name: 'See what it does' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Sums that are deleted').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save these settings' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByLabel('Months for which anything is kept').waitFor();
    expect(await page.getByLabel('Months for which anything is kept').inputValue()).toBe('12');
  });

  it('counts visitors by source, and lists the sessions of a day', async () => {
    const page = await world().open('/p/whiteboard/visitors?event=%24page&by=%24source');
    await page.getByRole('img', { name: /Visitors by day and \$source/ }).waitFor();
    expect(await page.getByRole('main').innerText()).toMatch(/In the whole time\s+2/);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Sessions of a day' }).click();
    await page.getByRole('row', { name: /news.*ada/s }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('draws a statistic by user, stacked by application, and saves the plot', async () => {
    const page = await world().open('/p/whiteboard/trackables');
    await page.getByRole('group', { name: 'Trackables' }).getByRole('link', { name: 'words' }).first().click();
    await page.getByLabel('Divided by').selectOption('user');
    await page.getByRole('img', { name: /Bars: words by user/ }).waitFor();
    await page.getByText('The same as a table').click();
    const table = page.getByRole('region', { name: 'Table: words by user' });
    await table.getByRole('cell', { name: 'viewer' }).waitFor();
    const rows = (await table.getByRole('row').allInnerTexts()).slice(1).map((row) => row.split('\t').slice(0, 3));
    expect(rows).toEqual([
      ['Ada L.', 'editor', '40'],
      ['Ada L.', 'viewer', '2'],
      ['ben', 'editor', '25'],
    ]);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save this plot' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Who writes most');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Of whom').selectOption('only');
    await table.getByRole('cell', { name: 'ben' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'All trackables' }).click();
    await page.getByRole('link', { name: 'Who writes most' }).click();
    await page.getByRole('img', { name: /Bars: words by user/ }).waitFor();
    expect(new URL(page.url()).search).toBe('?by=user');
    await page.goto('/p/whiteboard/trackables/state/theme');
    await page.getByRole('img', { name: /Bars: theme by state/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('shows a viewer no single user', async () => {
    const page = await world().openAs('viewer', '/p/whiteboard/trackables/statistic/words?by=user');
    await page.getByRole('img', { name: /Bars: words by application/ }).waitFor();
    expect(await page.getByLabel('Divided by').getByRole('option', { name: 'user' }).count()).toBe(0);
    await page.getByText('The same as a table').click();
    expect(await page.getByRole('main').innerText()).not.toMatch(/ada|ben/i);
    await page.goto('/p/whiteboard/sessions');
    await page.getByRole('heading', { name: 'Not for you to see' }).waitFor();
  });
}
