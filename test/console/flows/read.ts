import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { Answer } from '../../../packages/client/src/index.js';
import { axeFindings, MANY_USERS, type ConsoleWorld } from '../console-world.js';

const FIRST_PURCHASE = { kind: 'first_event', event: 'purchase' };
/** Customers of three months, and how many of them bought in each month since. */
const RETENTION = {
  cohort: { all: true },
  metric: 'threshold',
  params: { event: 'purchase' },
  birth: FIRST_PURCHASE,
  window: { kind: 'since_birth', age: 'calendar', length: 'P6M', births: { from: '1997-01-01', to: '1997-04-01' } },
  series: { interval: 'month', by: 'birth', age: 'P1M' },
  as_of: '1997-08-01',
};
const SPENT = {
  cohort: { all: true },
  metric: 'value_sum',
  params: { event: 'purchase', value: 'dollars' },
  window: { kind: 'fixed', from: '1997-01-01', to: '1998-07-01' },
  series: { interval: 'month', by: 'event_time' },
  breakdown: [{ property: 'cds', top: 3 }],
  aggregators: ['sum', 'mean', { histogram: { bins: 20 } }],
  as_of: '1998-07-01',
};

/** Answers as pictures, figures and users. */
export function readFlows(world: () => ConsoleWorld): void {
  const ask = (property: string, request: object): Promise<Answer> =>
    world()
      .muster.client.property(property)
      .ask(request as Record<string, unknown>);
  const tableRows = async (page: Page): Promise<string[]> => {
    await page.getByText('The same as a table').click();
    return await page
      .getByRole('region', { name: /^Table/ })
      .getByRole('row')
      .allInnerTexts();
  };

  it('shows a cohort table as a heat map: hatched where it was not observed, and nowhere a zero for nobody', async () => {
    const { id } = await ask('cdnow', RETENTION);
    const page = await world().open(`/p/cdnow/requests/${id}`);
    const picture = page.getByRole('img', { name: /^Cohort table: Threshold/ });
    await picture.waitFor();
    // Age 5 of March is August, which is not in the data yet.
    expect(await picture.locator('[fill="url(#not-observed)"] rect').count()).toBe(1);
    const rows = await tableRows(page);
    expect(rows.find((row) => /1997-01\s+1\s/.test(row))).toMatch(/yes\s+7,846\s+14\.7\s*%/);
    expect(rows.find((row) => /1997-03\s+5\s/.test(row))).toMatch(/no\s+0\s+–/);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('shows series, stacks, groups and a histogram, each with its table and in the address', async () => {
    const { id } = await ask('cdnow', SPENT);
    const page = await world().open(`/p/cdnow/requests/${id}`);
    await page.getByRole('combobox', { name: 'Figure' }).selectOption('sum');
    for (const [picture, name] of [
      ['stacked', /^Stacked: Value sum: sum of net/],
      ['groups', /^Groups: Value sum: sum of net/],
      ['histogram', /^Histogram: Value sum/],
      ['lines', /^Lines: Value sum/],
    ] as const) {
      await page.getByRole('combobox', { name: 'Picture' }).selectOption(picture);
      await page.getByRole('img', { name }).waitFor();
      await page.waitForURL(new RegExp(`picture=${picture}`));
    }
    await page.reload();
    await page.getByRole('img', { name: /^Lines/ }).waitFor();
    expect((await tableRows(page)).length).toBeGreaterThan(10);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('saves a picture as SVG, PNG and CSV, and copies its table', async () => {
    const { id } = await ask('cdnow', { ...SPENT, breakdown: undefined });
    const page = await world().open(`/p/cdnow/requests/${id}?picture=bars`, {
      permissions: ['clipboard-write', 'clipboard-read'],
    });
    await page.getByRole('img', { name: /^Bars/ }).waitFor();
    const saved = async (format: string): Promise<Buffer> => {
      const coming = page.waitForEvent('download');
      await page.getByRole('button', { name: `Save ${format}` }).click();
      return readFileSync(await (await coming).path());
    };
    const svg = (await saved('SVG')).toString();
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).not.toContain('var(--');
    expect((await saved('PNG')).subarray(1, 4).toString()).toBe('PNG');
    const csv = (await saved('CSV')).toString().split('\r\n');
    expect(csv[0]).toBe('from,label,complete,n,value');
    expect(csv[1]).toMatch(/^1997-01-01T00:00:00.000Z,1997-01,true,23570,[\d.]+$/);
    await page.getByRole('button', { name: 'Copy table' }).click();
    await page.getByText('Copied').first().waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^From\tSlice\tComplete\tUsers\t/);
  });

  it('says with each figure its interval, and who has no value for which reason', async () => {
    const { id } = await ask('wiki', {
      cohort: { users: ['ada', 'ben', 'nobody'] },
      metric: 'threshold',
      params: { event: 'edit', t: 'P30D' },
    });
    const page = await world().open(`/p/wiki/requests/${id}?panel=figures`);
    const reached = page.getByRole('region', { name: 'reached' });
    await reached.getByText(/to .* at 95 %/).waitFor();
    await reached.getByText('nothing is known of the user').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('scrolls through 100,000 users, and finds one of them', async () => {
    const window = { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' };
    const { id } = await ask('many', { cohort: { all: true }, metric: 'event_count', window });
    const page = await world().open(`/p/many/requests/${id}?panel=users`);
    await page.getByText('100,000 of 100,000 users').waitFor();
    const table = page.getByRole('region', { name: 'Table: values of users' });
    await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await table.getByText(`user-${String(MANY_USERS - 1).padStart(6, '0')}`).waitFor();
    expect(await table.getByRole('row').count()).toBeLessThan(80);
    await page.getByLabel('Search users').fill('user-04711');
    await page.getByText('10 of 100,000 users').waitFor();
    await page.waitForURL(/user=user-04711/);
    expect(await axeFindings(page)).toEqual([]);
    const formats = await page.getByRole('link', { name: /^(CSV|NDJSON|Parquet|Arrow)/ }).allInnerTexts();
    expect(formats).toEqual(['CSV', 'CSV for spreadsheets', 'NDJSON', 'Parquet', 'Arrow']);
  });

  it('draws 10,000 points', async () => {
    const window = { kind: 'fixed', from: '1997-01-01', to: '1998-02-21' };
    const { id } = await ask('cdnow', {
      ...SPENT,
      metric: 'event_count',
      params: { event: 'purchase' },
      window,
      series: { interval: 'hour', by: 'event_time' },
      breakdown: undefined,
      aggregators: ['sum'],
    });
    const page = await world().open(`/p/cdnow/requests/${id}`);
    await page.getByRole('img', { name: /^Lines/ }).waitFor();
    const rows = page.getByRole('region', { name: /^Table/ }).getByRole('table');
    await page.getByText('The same as a table').click();
    expect(Number(await rows.getAttribute('aria-rowcount'))).toBeGreaterThan(9_900);
  });

  it('says of a stale answer what has moved, and computes it anew', async () => {
    const { client } = world().muster;
    await client.createProperty({ slug: 'moving', name: 'Moving' });
    const moving = client.property('moving');
    await moving.sendEvents([{ user: 'ann', event: 'buy', time: '2026-01-05T10:00:00Z' }]);
    const window = { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' };
    const { id } = await ask('moving', { cohort: { all: true }, metric: 'event_count', window });
    await moving.sendEvents([{ user: 'ann', event: 'buy', time: '2026-01-06T10:00:00Z' }]);
    const page = await world().open(`/p/moving/requests/${id}`);
    await page.getByText('This answer is stale').waitFor();
    await page.getByText(/events came in/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Compute it anew' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    await page.getByText('This answer is stale').waitFor({ state: 'detached' });
  });
}
