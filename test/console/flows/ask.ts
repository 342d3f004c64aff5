import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** From a question to its answer. */
export function askFlows(world: () => ConsoleWorld): void {
  it('draws a picture two clicks after the first visit', async () => {
    const page = await world().open('/');
    await page.getByLabel('Property').selectOption('cdnow');
    await page.getByText('Ready to be asked.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('img', { name: /^Lines: Event count/ }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Event count of everybody');
    expect(await axeFindings(page)).toEqual([]);
  });

  it('keeps form and JSON the same, whichever is edited, and all of it in the address', async () => {
    const page = await world().open('/p/cdnow/ask');
    const json = page.getByLabel('Body of the request');
    const body = async (): Promise<Record<string, unknown>> => JSON.parse(await json.inputValue());
    await page.getByLabel('Metric').selectOption('value_sum');
    expect(await body()).toMatchObject({ metric: 'value_sum' });
    expect(await body()).not.toHaveProperty('params');
    await page.getByLabel('value (needed)').fill('dol');
    await page.getByRole('option', { name: 'dollars' }).click();
    await page.waitForURL(/dollars/);
    expect(await body()).toMatchObject({ params: { value: 'dollars' } });
    await json.fill(JSON.stringify({ ...(await body()), window: { kind: 'since_birth', length: 'P90D' } }));
    expect(await page.getByLabel('Length').inputValue()).toBe('P90D');
    await json.fill('{"metric": ');
    await page.getByText(/JSON/).first().waitFor();
    expect(await page.getByLabel('Length').inputValue()).toBe('P90D');
    await json.fill(JSON.stringify({ cohort: 'january', metric: 'threshold', params: { event: 'purchase', n: 2 } }));
    await page.waitForURL(/%22january%22/);
    await page.reload();
    expect(await page.getByRole('combobox', { name: 'Name or expression' }).inputValue()).toBe('january');
    await page.getByRole('tab', { name: 'curl' }).click();
    await page.getByText(`-d '{"cohort":"january"`).waitFor();
    await page.getByRole('tab', { name: 'curl' }).press('ArrowRight');
    await page.getByText(/muster.property\('cdnow'\).ask/).waitFor();
  });

  it('says at the field what is wrong with it', async () => {
    const page = await world().open('/p/cdnow/ask');
    await page.getByLabel('From', { exact: true }).fill('1997-02-30');
    const field = page.locator('.field', { hasText: 'From' }).filter({ has: page.locator('[aria-invalid]') });
    await field.getByText(/1997-02-30/).waitFor();
    await page.getByText('Something is missing or wrong yet').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('It was not asked').waitFor();
  });

  it('completes an expression by the keyboard alone, and refuses an unknown name where it stands', async () => {
    const page = await world().open('/p/cdnow/ask?cohort=nobody');
    const expression = page.getByRole('combobox', { name: 'Name or expression' });
    await page
      .getByText(/"nobody"/)
      .first()
      .waitFor();
    await expression.fill('all&jan');
    await expression.press('ArrowDown');
    await expression.press('Enter');
    expect(await expression.inputValue()).toBe('all&january');
    await page.getByText(/Ready to be asked|comes at once/).waitFor();
  });
}
