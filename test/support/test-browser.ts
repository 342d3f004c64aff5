import { callHttp, type TestResponse } from './call-http.js';

const LONGEST_WAY = 12;

/** Follows redirects and keeps cookies by their server, as a browser does. */
export class TestBrowser {
  private readonly jars = new Map<string, Map<string, string>>();

  /** What a server gets. */
  cookies(origin: string): Readonly<Record<string, string>> {
    const jar = this.jars.get(origin);
    if (jar === undefined || jar.size === 0) return {};
    return { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  async get(url: string): Promise<TestResponse> {
    const { origin, pathname, search } = new URL(url);
    const answer = await callHttp(origin, 'GET', pathname + search, { headers: this.cookies(origin) });
    this.keep(origin, answer);
    return answer;
  }

  /** Keeps what an answer of a server sets. */
  keep(origin: string, { headers }: TestResponse): void {
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    for (const set of [headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970|max-age=0/i.test(set)) jar.delete(name);
      else jar.set(name, value);
    }
  }

  /** Goes where it is sent until the next address begins with `until`, and gives that address. */
  async goUntil(url: string, until: string): Promise<string> {
    let next = url;
    for (let steps = 0; steps < LONGEST_WAY; steps += 1) {
      const answer = await this.get(next);
      const { location } = answer.headers;
      if (typeof location !== 'string') throw new Error(`${next} is answered ${answer.status}: ${answer.text}`);
      next = new URL(location, next).href;
      if (next.startsWith(until)) return next;
    }
    throw new Error(`${url} leads nowhere`);
  }
}
