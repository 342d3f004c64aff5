import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startEmbeddedStores } from '@muster/embedded-stores';
import { Client } from 'pg';
import { connect } from '../../src/stores/clickhouse/connect.js';
import { callHttp, type Method } from '../support/call-http.js';
import { startChromium } from '../support/chromium.js';
import { silentLogger } from '../support/embedded-engine.js';
import { startProgram, type Program } from '../support/program.js';
import { until } from '../support/until.js';
import * as sent from '../integration/collect/everything-sent.js';
import { ORIGIN } from '../integration/collect/collect-world.js';
import { startTrackedSite } from '../integration/tracker/tracked-site.js';

// The whole program, its door and its trackers, in a folder of its own; afterwards every byte of the folder, every row of
// every table of both stores, and all that the program has written are searched for what must not be there.

const GONE = {
  addresses: sent.ADDRESSES,
  typed: [...sent.TYPED, 'typed-in-chromium', 'password-in-chromium', 'area-in-chromium', 'search-in-chromium'],
  parameters: [...sent.PARAMETERS, 'token-in-chromium', 'fragment-in-chromium'],
  denied: sent.DENIED,
  agents: sent.AGENTS,
};
const NEEDLES = Object.values(GONE).flat();
/** Of the door and of the browser; in a file as it is, and only in rows. */
const KEPT = [...sent.KEPT, 'title-in-chromium', 'label-in-chromium', 'user-in-chromium', 'trait-in-chromium'];
const BYTES = 1_500_000_000;

const MARK = 'class="track-it" data-trackr-type="field" data-trackr-label="label-in-chromium" data-trackr-position="1"';
const FORM = `<form action="/found" data-muster-event="searched">
  <input name="q" ${MARK}><input type="password" name="p" ${MARK}><textarea name="t" ${MARK}></textarea>
  <label ${MARK}>own <input type="checkbox"></label><button ${MARK}>send</button></form>`;

/** Where a text stands in some bytes or text: as it is, in hex, or in two bytes a letter. */
function isIn(bytes: Buffer, needle: string): boolean {
  const forms = [Buffer.from(needle), Buffer.from(Buffer.from(needle).toString('hex')), Buffer.from(needle, 'utf16le')];
  return forms.some((form) => bytes.includes(form));
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Every row of every table of all schemas but those of PostgreSQL itself, bytes in hex. */
async function rowsOfDatabase(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
    );
    const all: string[] = [];
    for (const { name } of tables.rows) {
      const rows = await client.query<{ row: string }>(`SELECT row_to_json(one)::text AS row FROM ${name} AS one`);
      all.push(name, ...rows.rows.map(({ row }) => row));
    }
    return all.join('\n');
  } finally {
    await client.end();
  }
}

/** Every row of every table that the engine keeps, those of its own logs too, and the statements that made them. */
async function rowsOfEngine(url: string): Promise<string> {
  const client = connect(url);
  const text = async (query: string): Promise<string> => (await client.query({ query, format: 'JSONEachRow' })).text();
  try {
    const tables = (await text('SELECT * FROM system.tables'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { database: string; name: string; engine: string });
    const kept = tables.filter(({ engine }) => /MergeTree$|^(\w*Log|Memory|Join|Set|EmbeddedRocksDB)$/.test(engine));
    const rows = [JSON.stringify(tables)];
    for (const { database, name } of kept) rows.push(name, await text(`SELECT * FROM \`${database}\`.\`${name}\``));
    return rows.join('\n');
  } finally {
    await client.close();
  }
}

it('leaves no address, nothing typed, no parameter that nobody has allowed and no user agent, in any file', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-private-'));
  const site = await startTrackedSite();
  const browser = await startChromium();
  let program: Program | undefined;
  try {
    program = startProgram({
      MUSTER_DATA_DIR: dataDir,
      MUSTER_PORT: '0',
      MUSTER_LOG_LEVEL: 'trace',
      MUSTER_TRUSTED_PROXIES: '127.0.0.1',
      MUSTER_NETWORK_REQUESTS_PER_SECOND: '0',
    });
    const url = await program.ready;
    const authorization = `Bearer ${readFileSync(join(dataDir, 'admin-key'), 'utf8').trim()}`;
    const call = async <T>(method: Method, path: string, body?: object): Promise<T> => {
      const answer = await callHttp(url, method, path, { headers: { authorization }, body });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
      return answer.json<T>();
    };
    const keys: string[] = [];
    for (const [slug, settings] of [
      ['open', sent.OPEN],
      ['daily', sent.DAILY],
    ] as const) {
      await call('POST', '/v1/properties', { slug });
      await call('PUT', `/v1/properties/${slug}/collecting`, settings);
      const origins = [ORIGIN, '*.shop.localhost'];
      const key = { name: slug, kind: 'public', property: slug, origins };
      keys.push((await call<{ secret: string }>('POST', '/v1/account/keys', key)).secret);
    }
    await sent.sendEverything(url, keys);
    await browse(url, keys[0] as string);

    const names = async (): Promise<readonly string[]> =>
      (await call<{ events: { name: string }[] }>('GET', '/v1/properties/open/schema')).events.map(({ name }) => name);
    const wanted = ['$page', '$leave', '$element', 'searched', '$signup', '$update', '$order', '$statistic', '$timer'];
    await until(async () => {
      const there = await names();
      return wanted.every((name) => there.includes(name));
    });
    const window = { kind: 'fixed', from: '2026-01-01', to: '2100-01-01' };
    const request = { cohort: { all: true }, metric: 'event_count', params: {}, window, breakdown: ['property:$url'] };
    await call('POST', '/v1/properties/open/requests?wait=30', request);
    expect(await program.end('SIGTERM')).toBe(0);

    const stores = await startEmbeddedStores({
      dataDir,
      databaseUrl: undefined,
      clickhouseUrl: undefined,
      diskReserveBytes: 0,
      engineMemoryBytes: BYTES,
      exportSpoolBytes: BYTES,
      fsync: false,
      logger: silentLogger,
    });
    const rows: Record<string, string> = {};
    try {
      rows['rows of PostgreSQL'] = await rowsOfDatabase(stores.urls.databaseUrl);
      rows['rows of the engine'] = await rowsOfEngine(stores.urls.clickhouseUrl);
    } finally {
      await stores.stop();
    }
    const output = `${program.stdout()}\n${program.stderr()}`;
    const places = new Map<string, Buffer>(
      Object.entries({ ...rows, 'output of the program': output }).map(([name, text]) => [name, Buffer.from(text)]),
    );
    const files = filesOf(dataDir);
    const found = (needles: readonly string[]): string[] => {
      const inPlaces = [...places].flatMap(([place, bytes]) =>
        needles.filter((needle) => isIn(bytes, needle)).map((needle) => `${place}: ${needle}`),
      );
      const inFiles = files.flatMap((file) => {
        const bytes = readFileSync(file);
        return needles.filter((needle) => isIn(bytes, needle)).map((needle) => `${relative(dataDir, file)}: ${needle}`);
      });
      return [...inPlaces, ...inFiles];
    };
    expect(found(NEEDLES)).toEqual([]);

    // The search finds what is there: in rows, in the write-ahead log, and in the log.
    const there = found(KEPT);
    for (const kept of KEPT) expect(there).toContain(`rows of the engine: ${kept}`);
    expect(there.filter((place) => place.startsWith('postgres/data/pg_wal/'))).not.toEqual([]);
    expect(output).toContain('/v1/collect');
    expect(files.some((file) => relative(dataDir, file).startsWith('engine/'))).toBe(true);
  } finally {
    await program?.end('SIGTERM');
    await browser.close();
    await site.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
  }

  /** A visitor types into a form, signs up, orders, and lets trackables change. */
  async function browse(url: string, key: string): Promise<void> {
    const tags = `<script async src="${url}/t.js" data-key="${key}"></script><script async src="${url}/trackables.js"></script>`;
    site.put({
      '/form': { head: tags, body: FORM, title: 'title-in-chromium' },
      '/found': { head: tags, title: 'title-in-chromium' },
    });
    const context = await browser.newContext({
      userAgent: `Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 ${sent.AGENTS[0]}`,
    });
    const tab = await context.newPage();
    await tab.goto(`${site.url}/form?token=token-in-chromium#fragment-in-chromium`);
    await tab.waitForFunction('window.muster?.timer');
    for (const [selector, text] of [
      ['input[name=q]', 'search-in-chromium'],
      ['input[name=p]', 'password-in-chromium'],
      ['textarea', 'area-in-chromium typed-in-chromium'],
    ] as const) {
      await tab.click(selector);
      await tab.keyboard.type(text);
    }
    await tab.click('label');
    await tab.evaluate(`
      muster.signup('user-in-chromium', { plan: 'trait-in-chromium', password: 'password-in-chromium' });
      muster.update({ seats: 3 });
      muster.order({ order: 'o-1', value: 3, items: [{ product: 'p', price: 3 }] });
      muster.statistic('exports').add(2);
      muster.state('theme').set('dark');
      muster.timer('reading').start();
      muster.sequence('buying', ['cart']).reach('cart');
    `);
    await tab.click('button');
    await tab.waitForURL(/found[?]q=search-in-chromium/);
    await tab.waitForFunction('window.muster?.timer');
    await tab.evaluate(`muster.timer('reading').stop(); muster.flush()`);
    const gone = tab.waitForEvent('close');
    await tab.close({ runBeforeUnload: true });
    await gone;
    const last = await context.newPage();
    await last.goto(`${site.url}/found`);
    await last.waitForFunction('window.muster?.flush');
    await last.evaluate('muster.flush()');
    await until(
      async () => (await last.evaluate(`Object.keys(localStorage).filter((name) => /_q/.test(name)).length`)) === 0,
    );
    await context.close();
  }
});
