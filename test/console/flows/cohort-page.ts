import { readFileSync } from 'node:fs';
import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** One cohort: its versions, members and evaluations, and what is done with it. */
export function cohortPageFlows(world: () => ConsoleWorld): void {
  const wiki = () => world().muster.client.property('wiki');
  /** A change by the API; gives the answer. */
  const send = async (method: string, path: string, body?: object): Promise<{ readonly id: string }> => {
    const { url, adminKey } = world().muster;
    const headers = { authorization: `Bearer ${adminKey}`, ...(body && { 'content-type': 'application/json' }) };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    return (await (await fetch(`${url}/v1/properties/wiki/${path}`, init)).json()) as { id: string };
  };

  it('compares versions, finds members and saves them, renames, puts away, and deletes by the name', async () => {
    const { id } = await wiki().createCohort({ name: 'paged', static: { users: ['ada', 'ben'] } });
    await send('POST', `cohorts/${id}/members`, { add: ['cleo'], remove: ['ada'] });
    const page = await world().open(`/p/wiki/cohorts/${id}?panel=versions`);
    const dialog = page.getByRole('dialog');
    const changes = page.getByRole('group', { name: 'Who came and went' }).getByRole('row');
    await changes.first().waitFor();
    expect((await changes.allInnerTexts()).slice(1).map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
      'ada left',
      'cleo entered',
    ]);
    expect(await axeFindings(page)).toEqual([]);
    await page
      .getByRole('row', { name: /^1 a list of users/ })
      .getByRole('link', { name: 'Members' })
      .click();
    const members = page.getByRole('group', { name: 'Members' });
    await members.getByRole('link', { name: 'ada' }).waitFor();
    await page.getByRole('link', { name: 'Show those of now' }).click();
    await members.getByRole('link', { name: 'cleo' }).waitFor();
    await page.getByLabel('Search members').fill('CL');
    await members.getByRole('link', { name: 'ben' }).waitFor({ state: 'detached' });
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'NDJSON' }).click();
    expect(readFileSync(await (await started).path(), 'utf8')).toBe('{"user":"cleo"}\n');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('tab', { name: 'What it is' }).click();
    await page.getByRole('button', { name: 'Add or remove users…' }).click();
    await dialog.getByLabel('Users to add').fill('ada\n');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make a new version' }).click();
    await page.locator('.facts').getByText('3', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Rename…' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('all');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Nothing was changed').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('three');
    await dialog.getByLabel('Tags').fill('by hand');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'three' }).waitFor();
    await page.locator('.facts').getByText('by hand').waitFor();
    await page.getByRole('button', { name: 'Put away' }).click();
    await page.getByText('It is put away').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Cohorts' }).click();
    await page.getByLabel('Which').selectOption('true');
    await page.getByRole('link', { name: 'three' }).click();
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('button', { name: 'Put away' }).waitFor();

    await page.getByRole('button', { name: 'Delete…' }).click();
    await dialog.getByLabel(/^Type/).fill('three');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Delete it for good' }).click();
    await page.waitForURL(/\/cohorts$/);
    await page.goto(`/p/wiki/cohorts/${id}`);
    await page.getByRole('alert').waitFor();
  });

  it('says a rule in words, evaluates it, keeps whom that found as a list, and changes it', async () => {
    const { id } = await wiki().createCohort({
      name: 'writers',
      rule: { did: { event: 'edit', at_least: 1 } },
    } as never);
    await wiki().createCohort({ name: 'of writers', set: { and: ['writers', 'all'] } } as never);
    const page = await world().open(`/p/wiki/cohorts/${id}?panel=members`);
    await page.getByText('Nobody was looked for yet').waitFor();
    await page.getByRole('tab', { name: 'What it is' }).click();
    await page.getByText('edit at least once').waitFor();
    await page.getByRole('link', { name: 'of writers' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Evaluations' }).click();
    await page.getByText('It was never evaluated').waitFor();
    await page.getByRole('button', { name: 'Evaluate now' }).click();
    const row = page.getByRole('group', { name: 'Evaluations' }).getByRole('row', { name: /succeeded/ });
    await row.waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await row.getByRole('button', { name: 'Save as list…' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('writers of now');
    await page.getByRole('dialog').getByRole('button', { name: 'Make the list' }).click();
    await page.getByRole('heading', { name: 'writers of now' }).waitFor();
    await page.getByText('A list of users, as it was sent').waitFor();

    await page.goto(`/p/wiki/cohorts/${id}/edit`);
    await page.getByText('counted in').waitFor();
    await page.getByLabel('Times').fill('2');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make a new version' }).click();
    await page.getByRole('row', { name: /edit at least 2 times/ }).waitFor();
    await page.getByRole('tab', { name: 'Evaluations' }).click();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('It was never evaluated').waitFor();
  });

  it('finishes a list by the choices that it is given, and reads its rows by verdict', async () => {
    const { url, adminKey } = world().muster;
    const sent = await fetch(`${url}/v1/properties/wiki/cohort-uploads?name=sent&wait=10`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'text/plain' },
      body: 'ada\nzoe\nben\n',
    });
    const { id } = (await sent.json()) as { id: string };
    const page = await world().open(`/p/wiki/uploads/${id}`);
    const rows = page.getByRole('group', { name: 'Verdicts' }).getByRole('row');
    await rows.filter({ hasText: 'ada' }).waitFor();
    await page.getByLabel('Verdict', { exact: true }).selectOption('unknown');
    await rows.filter({ hasText: 'ada' }).waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(2);
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV', exact: true }).click();
    expect(readFileSync(await (await started).path(), 'utf8')).toMatch(/2,unknown,unknown_user,,zoe/);
    await page.getByLabel('Name').fill('sent and named');
    await page.getByLabel('Tags').fill('sent');
    await page.getByLabel('Rows that are wrong').selectOption('all');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make a cohort of 2 users' }).click();
    await page.getByText('No cohort was made').waitFor();
    await page.getByRole('button', { name: 'Check, and take unknown users too' }).click();
    await page.getByRole('button', { name: 'Make a cohort of 3 users' }).click();
    await page.waitForURL(/cohorts\/coh_/);
    await page.getByRole('heading', { name: 'sent and named' }).waitFor();
    await page.locator('.facts').getByText('sent', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Send another list…' }).click();
    await page.getByText(/It becomes a new version of sent/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
}
