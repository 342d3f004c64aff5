import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { packageRoot } from '../src/platform/config/package-root.js';
import { startChromium } from '../test/support/chromium.js';
import { median } from './figures.js';

// What the tracker costs a site: bytes of the script and of what it sends, and ms of the main thread for a page view (a
// page with the tracker against the same without, in turn), for its start alone and for an event. Once as this machine
// is, and once four times slower, as a phone of the middle. MUSTER_BENCH_ROUNDS (default 15) pages of each kind.

const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 15);
const EVENTS = 400;
const ELEMENTS = 500;

const built = (name: string): Buffer => readFileSync(join(packageRoot(), 'packages/tracker/dist', name));

let received: number[] = [];
const server = createServer((request, response) => {
  if (request.method === 'POST') {
    void text(request).then((body) => {
      received.push(Buffer.byteLength(body));
      const { events } = JSON.parse(body) as { events: unknown[] };
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ accepted: events.length, duplicates: 0, rejected: 0, errors: [] }));
    });
    return;
  }
  const isScript = request.url === '/t.js';
  response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
  response.end(isScript ? built('t.js') : pageOf(request.url === '/with'));
});

function pageOf(isTracked: boolean): string {
  const element = (n: number): string =>
    `<p><a href="#${n}" class="track-it" data-trackr-type="a" data-trackr-label="b" data-trackr-position="${n}">${n}</a></p>`;
  const body = Array.from({ length: ELEMENTS }, (_, n) => element(n)).join('');
  const tag = isTracked ? '<script async src="/t.js" data-key="muster_pk_bench0000"></script>' : '';
  return `<!doctype html><title>A page</title><link rel="icon" href="data:,">${tag}${body}`;
}

/** Ms of the main thread that a page has taken, with what it sends. */
async function viewMs(context: BrowserContext, url: string, slowdown: number): Promise<number> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable');
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await page.goto(url);
  await page.evaluate('new Promise((done) => setTimeout(done, 50)).then(() => window.muster?.flush())');
  const { metrics } = await devtools.send('Performance.getMetrics');
  await page.close();
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
}

/** Ms that the start takes, with compiling; and each of many events, sent by twenties. */
async function callsMs(page: Page): Promise<{ start: number; event: number }> {
  return page.evaluate(`(async () => {
    const code = await (await fetch('/t.js')).text();
    const before = performance.now();
    (0, eval)(code);
    muster('init', { key: 'muster_pk_bench0000', serverUrl: location.origin });
    const start = performance.now() - before;
    let events = 0;
    for (let round = 0; round < ${EVENTS / 20}; round++) {
      const began = performance.now();
      for (let n = 0; n < 20; n++) muster.track('opened', { report: 'sales', rows: n });
      events += performance.now() - began;
      await muster.flush();
    }
    return { start, event: events / ${EVENTS} };
  })()`);
}

async function measure(browser: Browser, origin: string, slowdown: number): Promise<void> {
  const context = await browser.newContext();
  const views: Record<string, number[]> = { without: [], with: [] };
  const calls: { start: number; event: number }[] = [];
  received = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of ['without', 'with']) views[kind]?.push(await viewMs(context, `${origin}/${kind}`, slowdown));
  }
  const bytesOfView = received.reduce((sum, bytes) => sum + bytes, 0) / ROUNDS;
  for (let round = 0; round < ROUNDS; round++) {
    const page = await context.newPage();
    await page.goto(`${origin}/without`);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    calls.push(await callsMs(page));
    await page.close();
  }
  await context.close();
  const [without, tracked] = [median(views['without'] ?? []), median(views['with'] ?? [])];
  const rows = {
    'page view without': without,
    'page view with': tracked,
    'the tracker in a page view': tracked - without,
    'start alone': median(calls.map(({ start }) => start)),
    'an event': median(calls.map(({ event }) => event)),
  };
  console.log(`processor as it is / ${slowdown}: ms of the main thread, median of ${ROUNDS}`);
  for (const [name, ms] of Object.entries(rows)) console.log(`${ms.toFixed(2).padStart(9)}  ${name}`);
  console.log(`${bytesOfView.toFixed(0).padStart(9)}  bytes sent for a page view that is left`);
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await startChromium();
try {
  for (const name of ['t.js', 'trackr.js']) {
    const bytes = built(name);
    const [gz, br] = [gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
    console.log(`${name}: ${bytes.length} bytes, ${gz} by gzip, ${br} by brotli`);
  }
  for (const slowdown of [1, 4]) await measure(browser, origin, slowdown);
} finally {
  await browser.close();
  server.close();
}
