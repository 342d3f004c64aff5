import { axeFindings, type ConsoleWorld } from '../console-world.js';

const VIEWS = ['ask', 'requests', 'cohorts', 'cohorts/new', 'cohorts/new?kind=list', 'cohorts/new?kind=set'];

/** How the console behaves to everybody. */
export function mannersFlows(world: () => ConsoleWorld): void {
  it('has no finding of axe in dark and narrow, and nothing wider than the screen', async () => {
    const looks = { colorScheme: 'dark', viewport: { width: 390, height: 800 } } as const;
    const page = await world().open('/p/cdnow/requests', looks);
    for (const view of VIEWS) {
      await page.goto(`/p/cdnow/${view}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      expect([view, await axeFindings(page)]).toEqual([view, []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
  });

  it('is used by the keyboard alone, from the first link to an answer', async () => {
    const page = await world().open('/p/cdnow/ask');
    await page.getByText(/Ready to be asked|comes at once/).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    for (let steps = 0; steps < 60; steps++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement?.textContent')) === 'Ask') break;
    }
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Picture' }).waitFor();
  });

  it('shows a viewer no single user anywhere, nor what he may not do', async () => {
    const { muster } = world();
    const request = { cohort: { all: true }, metric: 'event_count', params: { event: 'edit' } };
    const window = { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' };
    const { id } = await muster.client.property('wiki').ask({ ...request, window });
    const page = await world().openAs('viewer', '/p/wiki/requests');
    const seen: string[] = [];
    page.on('response', async (response) => {
      if (response.url().includes('/v1/properties/')) seen.push(await response.text().catch(() => ''));
    });
    const users = ['ada', 'ben'];
    const cohort = await muster.client.property('wiki').createCohort({ name: 'seen by all', static: { users } });
    const panels = ['', '?panel=members', '?panel=versions'].map((panel) => `cohorts/${cohort.id}${panel}`);
    for (const view of [
      ...VIEWS,
      ...panels,
      'users?user=ada',
      'settings',
      `requests/${id}`,
      `requests/${id}?panel=users`,
      `requests/${id}?panel=figures`,
    ]) {
      await page.goto(`/p/wiki/${view}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      seen.push(await page.locator('body').innerText());
    }
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter((text) => /\b(ada|ben|cleo)\b/.test(text))).toEqual([]);
    await page.goto(`/p/wiki/requests/${id}`);
    await page.getByRole('tab', { name: 'Figures' }).waitFor();
    expect(await page.getByRole('tab', { name: 'Users' }).count()).toBe(0);
    await page.goto('/p/wiki/cohorts/new');
    await page.getByRole('heading', { name: 'Not for you to see' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('remembers the colours that are chosen', async () => {
    const page = await world().open('/p/cdnow/requests', { colorScheme: 'light' });
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByLabel('Colours').selectOption('dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    expect(await ground()).toBe(dark);
  });
}
