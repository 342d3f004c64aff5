import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { readPurchases, toEvent, usersByFirstMonth } from '../../src/cli/demo/cdnow-data.js';
import { startChromiumShell } from '../support/chromium.js';
import { PACKAGE_ROOT } from '../support/source-files.js';
import { runMuster, type RunningMuster } from '../support/running-muster.js';
import { WIKI_EVENTS, WIKI_USERS } from '../support/wiki.js';

export const PASSWORD = 'violet lamps hum at noon';
export const OWNER = 'owner@example.org';

/** The built program with the data of CDNOW and of the wiki, and a browser in which its owner is signed in. */
export interface ConsoleWorld {
  readonly muster: RunningMuster;
  readonly browser: Browser;
  /** What went wrong inside of pages: exceptions, and what the policy of the page has blocked. */
  readonly complaints: string[];
  /** A page of the owner, in a window of its own. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** A page of a member with this role. */
  openAs(role: string, path: string): Promise<Page>;
  /** A page of nobody. */
  openAsNobody(path: string): Promise<Page>;
  /** Closes all pages: one that stays open goes on asking and drawing beside the next test. */
  closePages(): Promise<void>;
  /** Ends the program, and starts it anew at the same address. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startConsoleWorld(): Promise<ConsoleWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-console-'));
  // Providers of sign-in of the tests are on this machine.
  const env = { MUSTER_PRIVATE_NETWORKS: '127.0.0.0/8' };
  const start = (port: string): Promise<RunningMuster> => runMuster({ dataDir, env: { ...env, MUSTER_PORT: port } });
  const browser = await startChromiumShell();
  let muster = await start('0')
    .then(loaded)
    .catch(async (error: unknown) => {
      await browser.close();
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    });
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];
  let members = 0;
  const context = async (cookie: string | null, options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    const made = await browser.newContext({ baseURL: muster.url, reducedMotion: 'reduce', ...options });
    if (cookie !== null) await made.addCookies([{ name: 'muster_session', value: cookie, url: muster.url }]);
    contexts.push(made);
    return made;
  };
  const pageIn = async (made: BrowserContext, path: string): Promise<Page> => {
    const page = await made.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`));
    page.on('console', (said) => {
      if (/Content Security Policy|Warning:/.test(said.text())) complaints.push(`${path}: ${said.text()}`);
    });
    await page.goto(path);
    return page;
  };
  const invitation = readFileSync(join(muster.dataDir, 'owner-invitation'), 'utf8').trim();
  const owner = await accept(muster, invitation, OWNER);
  return {
    get muster() {
      return muster;
    },
    browser,
    complaints,
    open: async (path, options) => await pageIn(await context(owner, options), path),
    openAs: async (role, path) => {
      members += 1;
      const email = `${role}-${members}@example.org`;
      const cookie = await accept(muster, await invite(muster, { email, role }), email);
      return await pageIn(await context(cookie), path);
    },
    openAsNobody: async (path) => await pageIn(await context(null), path),
    closePages: async () => {
      await Promise.all(contexts.splice(0).map((opened) => opened.close()));
    },
    restart: async (meanwhile) => {
      await muster.stop();
      await meanwhile();
      muster = await start(new URL(muster.url).port);
    },
    stop: async () => {
      await browser.close();
      await muster.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The token of an invitation for somebody. */
export async function invite({ url, adminKey }: RunningMuster, member: object): Promise<string> {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify(member);
  const answer = await fetch(`${url}/v1/account/invitations`, { method: 'POST', headers, body });
  return ((await answer.json()) as { token: string }).token;
}

/** Gives the cookie of the session. */
async function accept({ url }: RunningMuster, token: string, email: string): Promise<string> {
  const body = JSON.stringify({ token, email, password: PASSWORD });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/invitations/accept`, { method: 'POST', headers, body });
  const [, cookie] = /muster_session=([\w-]+)/.exec(answer.headers.get('set-cookie') ?? '') ?? [];
  if (cookie === undefined) throw new Error(await answer.text());
  return cookie;
}

/** The program with all data; ended where these cannot be loaded. */
async function loaded(muster: RunningMuster): Promise<RunningMuster> {
  try {
    await loadCdnow(muster);
    await loadWiki(muster);
    await loadMany(muster);
    return muster;
  } catch (error) {
    await muster.stop();
    throw error;
  }
}

async function loadCdnow({ client }: RunningMuster): Promise<void> {
  await client.createProperty({ slug: 'cdnow', name: 'CDNOW purchases' });
  const cdnow = client.property('cdnow');
  const purchases = readPurchases();
  await cdnow.sendEvents(purchases.map(toEvent));
  const january = usersByFirstMonth(purchases).get('1997-01') ?? [];
  await cdnow.createCohort({ name: 'january', static: { users: january }, tags: ['cdnow'] });
}

async function loadWiki({ client }: RunningMuster): Promise<void> {
  await client.createProperty({ slug: 'wiki', name: 'A small wiki' });
  const wiki = client.property('wiki');
  await wiki.upsertUsers(WIKI_USERS as never);
  await wiki.sendEvents(WIKI_EVENTS as never);
}

/** As many users as a table is scrolled through. */
export const MANY_USERS = 100_000;

async function loadMany({ client }: RunningMuster): Promise<void> {
  await client.createProperty({ slug: 'many', name: 'Many users' });
  const users = Array.from({ length: MANY_USERS }, (_, i) => ({ user: `user-${String(i).padStart(6, '0')}` }));
  await client.property('many').upsertUsers(users);
}

const AXE = readFileSync(join(PACKAGE_ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe finds in the page, by WCAG 2.2 A and AA and its best practices: rule and first place. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
  });
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}
