import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** What was asked: found again, and asked again. */
export function requestsFlows(world: () => ConsoleWorld): void {
  it('narrows the list by metric, cohort, caller and day, all in the address', async () => {
    const wiki = world().muster.client.property('wiki');
    const window = { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' } as const;
    await wiki.ask({ cohort: { all: true }, metric: 'newly_registered', window: { ...window, to: '2024-02-02' } });
    const page = await world().open('/p/wiki/requests');
    const rows = page.getByRole('group', { name: 'Requests' }).getByRole('row');
    await page.getByLabel('Metric').selectOption('newly_registered');
    await page.waitForURL(/metric=newly_registered/);
    await rows.nth(2).waitFor({ state: 'detached' });
    await rows.nth(1).getByRole('cell', { name: 'admin' }).waitFor();
    await page.getByLabel('Asked by').selectOption('me');
    await page.getByText('No request fits').waitFor();
    await page.getByLabel('Asked by').selectOption('admin');
    await page.getByLabel('From day').fill('2020-01-01');
    await rows.nth(1).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('To day').fill('2020-01-02');
    await page.getByText('No request fits').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.waitForURL(/\/requests$/);
    await rows.nth(1).waitFor();
  });

  it('asks again about a list that was written into the request', async () => {
    const wiki = world().muster.client.property('wiki');
    const window = { kind: 'fixed', from: '2024-01-01', to: '2024-03-01' } as const;
    const params = { event: 'edit' };
    const first = await wiki.ask({ cohort: { users: ['ada', 'cleo'] }, metric: 'event_count', params, window });
    const page = await world().open('/p/wiki/requests');
    await page
      .getByRole('row', { name: /an unsaved cohort/ })
      .first()
      .getByRole('button', { name: 'Ask again' })
      .click();
    await page.getByText('The users of the answer that is asked again').waitFor();
    await page.getByText('The answer is stored: it comes at once.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('tab', { name: 'Request' }).click();
    await page.getByText(first.hash ?? 'no hash').waitFor();
    await page.getByRole('button', { name: 'Copy the link' }).waitFor();
  });
}
