import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** Cohorts by a rule, a list and a set. */
export function cohortFlows(world: () => ConsoleWorld): void {
  it('counts a rule while it is edited, saves it, and asks about it', async () => {
    const page = await world().open('/p/wiki/cohorts/new');
    await page.getByText('3 users').waitFor();
    await page.getByLabel('Event').fill('edi');
    await page.getByRole('option', { name: 'edit' }).click();
    await page.getByLabel('How often').selectOption('at_most');
    await page.getByLabel('Times').fill('0');
    await page.getByText('1 users').waitFor();
    await page.getByLabel('How often').selectOption('at_least');
    await page.getByLabel('Times').fill('1');
    await page.getByRole('button', { name: 'Add a trait' }).click();
    await page.getByLabel('Their trait').fill('skin');
    await page.getByLabel('Value').fill('vector');
    await page.getByText('2 users').waitFor();
    await page.getByText('such as').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Name').fill('vector editors');
    await page.getByLabel('Tags').fill('skin, 2024');
    await page.getByRole('button', { name: 'Save the cohort' }).click();
    await page.getByRole('heading', { name: 'vector editors' }).waitFor();
    await page.getByRole('button', { name: 'Evaluate now' }).click();
    await page.locator('.facts').getByText('2', { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Ask about it' }).click();
    expect(await page.getByRole('combobox', { name: 'Name or expression' }).inputValue()).toBe('vector editors');
  });

  it('gives each row of a pasted list its verdict, and makes a cohort of it', async () => {
    const page = await world().open('/p/wiki/cohorts/new?kind=list');
    await page.getByLabel('Or paste them').fill('ada\nzoe\nada\n\nben');
    await page.getByLabel('Name of the cohort').fill('pasted');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Check the list' }).click();
    await page.getByRole('button', { name: 'Make a cohort of 2 users' }).waitFor();
    const rows = page.getByRole('group', { name: 'Verdicts' }).getByRole('row');
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringContaining('Row'),
      expect.stringMatching(/1\s+ada\s+valid/),
      expect.stringMatching(/2\s+zoe\s+unknown/),
      expect.stringMatching(/3\s+ada\s+duplicate first in row 1/),
      expect.stringMatching(/4\s+blank/),
      expect.stringMatching(/5\s+ben\s+valid/),
    ]);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make a cohort of 2 users' }).click();
    await page.waitForURL(/cohorts\/coh_/);
    await page.getByRole('link', { name: 'Ask about it' }).waitFor();
  });

  it('takes a dropped file by its name', async () => {
    const page = await world().open('/p/wiki/cohorts/new?kind=list');
    await page.getByLabel('File of users').setInputFiles({
      name: 'users.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('city,user\nUlm,ada\nBonn,cleo\n'),
    });
    await page.getByLabel('Name of the cohort').fill('from a file');
    await page.getByRole('button', { name: 'Check the list' }).click();
    await page.getByRole('button', { name: 'Make a cohort of 2 users' }).waitFor();
  });

  it('makes a set of others, and finds it by its tag', async () => {
    const page = await world().open('/p/wiki/cohorts/new?kind=set');
    await page.getByRole('combobox', { name: 'Name or expression' }).fill('all&pasted');
    await page.getByText('2 users').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('both');
    await page.getByLabel('Tags').fill('sets');
    await page.getByRole('button', { name: 'Save the cohort' }).click();
    await page.getByRole('heading', { name: 'both' }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Cohorts' }).click();
    await page.getByLabel('Tag').selectOption('sets');
    await page.waitForURL(/tag=sets/);
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Search').fill('nothing has this name');
    await page.getByText('No cohort fits').waitFor();
  });
}
