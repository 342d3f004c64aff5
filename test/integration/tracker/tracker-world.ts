import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { startChromium, startChromiumShell } from '../../support/chromium.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { makeSite, type Site } from '../collect/collect-world.js';
import { startRecordingDoor, type RecordingDoor, type SentEvent } from './recording-door.js';
import { startTrackedSite, type SitePage, type TrackedSite } from './tracked-site.js';

/** A browser, a site that is tracked, and the program behind a door that writes down what comes. */
export interface TrackerWorld {
  readonly browser: Browser;
  readonly door: RecordingDoor;
  readonly site: TrackedSite;
  /** Where events go. */
  readonly property: Site;
  readonly app: TestApp;
  readonly key: string;
  /** The tags that load the tracker by attributes alone, and trackables. */
  tag(attributes?: string): string;
  /** What a page runs before the tracker is there: its calls wait. */
  readonly stub: string;
  /** A visitor of his own, without anything stored. */
  visitor(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A visitor whose browser keeps pages to come back to, which the shell does not. */
  visitorWithCache(): Promise<BrowserContext>;
  /** Puts a page up, and opens it in a tab; resolves when the tracker runs. */
  open(context: BrowserContext, path: string, page?: SitePage): Promise<Page>;
  /** Waits until so many events of the name, or any, have been taken, and gives them. */
  taken(count: number, event?: string): Promise<SentEvent[]>;
  /** Closes what is open, forgets what came, and moves the site to another origin. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTrackerWorld(): Promise<TrackerWorld> {
  const [browser, site, stores] = await Promise.all([startChromiumShell(), startTrackedSite(), startTestStores()]);
  const app = await startTestApp(stores);
  const door = await startRecordingDoor(app.url);
  const property = await makeSite(app, 'tracked', ['*.shop.localhost']);
  await property.configure({ query_parameters: ['sort'], hash_routes: true });
  const { key } = property;
  const contexts: BrowserContext[] = [];
  let whole: Browser | undefined;
  let test = 0;
  const world: TrackerWorld = {
    browser,
    door,
    site,
    property,
    app,
    key,
    stub: 'window.muster = function () { (muster.q = muster.q || []).push(arguments); };',
    tag: (attributes = '') =>
      `<script async src="${door.url}/t.js" data-key="${key}" ${attributes}></script><script async src="${door.url}/trackables.js"></script>`,
    async visitor(options) {
      const context = await browser.newContext(options);
      contexts.push(context);
      return context;
    },
    async visitorWithCache() {
      whole ??= await startChromium();
      const context = await whole.newContext();
      contexts.push(context);
      return context;
    },
    async open(context, path, page = {}) {
      site.put({ [path.split(/[?#]/)[0] ?? path]: { head: world.tag(), ...page } });
      const tab = await context.newPage();
      await tab.goto(site.url + path);
      await tab.waitForFunction('window.muster?.flush');
      return tab;
    },
    async taken(count, event) {
      const found = (): SentEvent[] => door.taken().filter((one) => event === undefined || one.event === event);
      await until(() => found().length >= count).catch((error: unknown) => {
        const names = door.taken().map(({ event: name, properties }) => `${name} ${properties?.['$path'] ?? ''}`);
        throw new Error(`${count} of ${event ?? 'any'} wanted, there are: ${names.slice(0, 40).join(', ')}`, {
          cause: error,
        });
      });
      return found();
    },
    async reset() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      test += 1;
      site.moveTo(`t${test}`);
      door.forget(site.url);
    },
    async stop() {
      await Promise.all([browser.close(), whole?.close()]);
      await Promise.all([door.stop(), site.stop()]);
      await app.stop();
      await stores.stop();
    },
  };
  return world;
}

/** Has the tab send what waits until the events are there. */
export async function flushed<T>(
  tab: { evaluate(code: string): Promise<unknown> },
  wanted: () => Promise<T>,
): Promise<T> {
  const isSent = wanted();
  const again = setInterval(() => void tab.evaluate('window.muster?.flush?.()').catch(() => undefined), 30);
  try {
    return await isSent;
  } finally {
    clearInterval(again);
  }
}

/** Closes a tab as its user does, and waits until it is gone. */
export async function closed(tab: Page): Promise<void> {
  const gone = tab.waitForEvent('close');
  await tab.close({ runBeforeUnload: true });
  await gone;
}
