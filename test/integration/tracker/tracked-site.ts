import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A page of the site: what stands in its head and body, and its headers. */
export interface SitePage {
  readonly head?: string;
  readonly body?: string;
  readonly title?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of a page: a script or an image. */
  readonly script?: string;
  /** How long the server lets its reader wait for it. */
  readonly delayMs?: number;
  /** Until when, at least. */
  readonly after?: Promise<unknown>;
  /** When it is asked for. */
  readonly onAsked?: () => void;
}

/** A site on a port of its own. */
export interface TrackedSite {
  /** By the name that it has now. */
  readonly url: string;
  /** By a name that is another site to a browser. */
  readonly otherUrl: string;
  /** Gives it the name `<name>.shop.localhost`: browsers keep nothing of one for the other. */
  moveTo(name: string): void;
  /** Puts pages up, by their paths. */
  put(pages: Readonly<Record<string, SitePage>>): void;
  stop(): Promise<void>;
}

export async function startTrackedSite(): Promise<TrackedSite> {
  const pages = new Map<string, SitePage>();
  const server = createServer((request, response) => {
    const page = pages.get(new URL(request.url ?? '/', 'http://x').pathname);
    const type = page?.script === undefined ? 'text/html; charset=utf-8' : 'text/javascript';
    page?.onAsked?.();
    void Promise.all([page?.after, sleep(page?.delayMs ?? 0)]).then(() => {
      response.writeHead(page ? 200 : 404, { 'content-type': type, ...page?.headers });
      response.end(page && (page.script ?? documentOf(page)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  let host = 'www';
  const { port } = server.address() as AddressInfo;
  return {
    get url() {
      return `http://${host}.shop.localhost:${port}`;
    },
    otherUrl: `http://127.0.0.1:${port}`,
    moveTo: (name) => (host = name),
    put: (more) => Object.entries(more).forEach(([path, page]) => pages.set(path, page)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function documentOf({ head = '', body = '', title = 'A page' }: SitePage): string {
  const icon = '<link rel="icon" href="data:,">';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${icon}${head}</head><body>${body}</body></html>`;
}
