import type { ConsoleWorld } from '../console-world.js';

/** Who waits sees how far it is. */
export function watchFlows(world: () => ConsoleWorld): void {
  it('follows many requests at once, through a reload, and cancels one', async () => {
    const page = await world().open('/p/cdnow/requests');
    // One event after another of each customer of everybody: long enough to be watched.
    const asked = Array.from({ length: 6 }, (_, i) =>
      submitOnly(world(), {
        cohort: { all: true },
        metric: 'distinct_count',
        params: { event: 'purchase', property: 'dollars' },
        window: { kind: 'fixed', from: '1997-01-01', to: `1998-01-0${i + 1}` },
        series: { interval: 'hour', by: 'event_time' },
      }),
    );
    const ids = await Promise.all(asked);
    await page.getByRole('region', { name: 'Under way' }).waitFor();
    await page
      .getByText(/in the queue|rows read|Running/)
      .first()
      .waitFor();
    const last = await world().open(`/p/cdnow/requests/${ids.at(-1)}`);
    await last.getByText(/in the queue|rows read|Running/).waitFor();
    await last.reload();
    await last.getByRole('button', { name: 'Cancel' }).click();
    await last.getByText('It was cancelled before it had an answer').waitFor();
    const first = await world().open(`/p/cdnow/requests/${ids[0]}`);
    await first.getByRole('tab', { name: 'Picture' }).waitFor({ timeout: 60_000 });
  });

  it('goes on by itself where it was when the program is started anew', async () => {
    const page = await world().open('/p/cdnow/cohorts');
    await page.getByRole('link', { name: 'january' }).waitFor();
    await world().restart(async () => {
      await page.getByRole('link', { name: 'january' }).click();
      await page.getByText(/Opening the view|Reading the cohort/).waitFor();
    });
    await page.getByRole('heading', { name: 'january' }).waitFor({ timeout: 30_000 });
    await page.getByText('7,846').waitFor();
  });
}

/** Sends a request and waits for nothing; gives its id. */
async function submitOnly({ muster: { url, adminKey } }: ConsoleWorld, request: object): Promise<string> {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(request) };
  const answer = await fetch(`${url}/v1/properties/cdnow/requests`, init);
  return ((await answer.json()) as { id: string }).id;
}
