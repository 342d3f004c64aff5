import { lookup as lookUp } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import type { ProviderDto } from '../../../src/accounts/providers/provider.dto.js';
import { Outbound } from '../../../src/platform/outbound/outbound.service.js';
import type { TestResponse } from '../../support/call-http.js';
import { TestProvider, type Lies } from '../../support/openid-provider.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { TestBrowser } from '../../support/test-browser.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { atReturn, byKey, setUp, signInBy, stranger } from './provider-world.js';
import { callAt, codeOf } from './signed-in.js';

// What a provider, a browser or a network can do to get somebody in who is somebody else.

let stores: TestStores;
let app: TestApp;
/** The same, which may reach no private network. */
let strict: TestApp;
let provider: TestProvider;
let dto: ProviderDto;

const RULE = { domains: ['example.org'], sign_up: 'domain', role: 'viewer' };
const FAILED = [400, 'sign_in_failed'];

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { privateNetworks: ['127.0.0.0/8'] });
  strict = await startTestApp(stores, { role: 'api' });
  provider = await TestProvider.start();
  dto = await setUp(app, provider, RULE);
});

afterAll(async () => {
  await provider?.stop();
  await Promise.all([app?.stop(), strict?.stop()]);
  await stores?.stop();
});

beforeEach(async () => {
  provider.lies = null;
  await app.get(DataSource).query('DELETE FROM provider_sign_ins');
});

const nowS = (): number => Math.floor(Date.now() / 1000);

describe('an ID token', () => {
  const lie = async (lies: Lies): Promise<TestResponse> => {
    provider.lies = lies;
    return (await signInBy(provider, dto, stranger())).answer;
  };

  it('is taken as the provider sends it, also a second time signed', async () => {
    expect((await lie({})).status).toBe(303);
  });

  it.each<[string, () => Lies]>([
    ['for another client', () => ({ claims: { aud: 'another-client' } })],
    ['for others too, and authorized for one of them', () => ({ claims: { aud: [dto.client_id, 'b'], azp: 'b' } })],
    ['of another issuer', () => ({ claims: { iss: 'https://login.evil.net' } })],
    ['without a subject', () => ({ claims: { sub: undefined } })],
    ['of another sign-in', () => ({ claims: { nonce: 'the nonce of before' } })],
    ['without a nonce', () => ({ claims: { nonce: undefined } })],
    ['that has ended', () => ({ claims: { exp: nowS() - 60 } })],
    ['without an end', () => ({ claims: { exp: undefined } })],
    ['that holds from later on', () => ({ claims: { nbf: nowS() + 60 } })],
    ['without a signature', () => ({ alg: 'none' })],
    ['signed by another key', () => ({ isOtherKey: true })],
  ])('%s is refused', async (_, lies) => {
    expect(codeOf(await lie(lies()))).toEqual(FAILED);
  });

  it('may be of a clock that is half a minute off', async () => {
    expect((await lie({ claims: { exp: nowS() - 20, iat: nowS() + 20 } })).status).toBe(303);
  });

  it('may be signed by a key that is new', async () => {
    await signInBy(provider, dto, stranger());
    await provider.rotate();
    expect((await signInBy(provider, dto, stranger())).answer.status).toBe(303);
  });

  it('of an algorithm that is not pinned is refused, whatever the provider says of itself', async () => {
    await provider.rotate('PS256');
    expect(codeOf((await signInBy(provider, dto, stranger())).answer)).toEqual(FAILED);
    await provider.rotate('ES256');
    expect((await signInBy(provider, dto, stranger())).answer.status).toBe(303);
  });
});

describe('an answer of a provider', () => {
  it('with a state, code or error that is not of the sign-in is refused', async () => {
    const changed = async (change: (query: URLSearchParams) => void): Promise<TestResponse> => {
      const { browser, back } = await atReturn(provider, dto, stranger());
      const url = new URL(back);
      change(url.searchParams);
      return await browser.get(url.href);
    };
    expect(codeOf(await changed((query) => query.set('state', 's'.repeat(43))))).toEqual(FAILED);
    expect(codeOf(await changed((query) => query.delete('state')))).toEqual(FAILED);
    expect(codeOf(await changed((query) => query.set('code', 'c'.repeat(43))))).toEqual(FAILED);
    expect(codeOf(await changed((query) => query.append('code', 'c')))).toEqual([400, 'invalid_parameter']);
    const denied = await changed((query) => {
      query.delete('code');
      query.set('error', 'access_denied');
    });
    expect([...codeOf(denied), denied.text.includes('access_denied')]).toEqual([...FAILED, true]);
    // RFC 9207: who the answer is of.
    expect(codeOf(await changed((query) => query.set('iss', 'https://login.evil.net')))).toEqual(FAILED);
    expect(codeOf(await changed((query) => query.delete('iss')))).toEqual(FAILED);
  });

  it('is not taken for the answer of another one', async () => {
    const evil = await TestProvider.start();
    try {
      const theirs = await setUp(app, evil, { domains: ['evil.net'], sign_up: 'invitation' });
      // The browser begins with the one, and is sent back by the other.
      const honest = await atReturn(provider, dto, stranger());
      const mixed = honest.back.replace(dto.redirect_uri, theirs.redirect_uri);
      expect(codeOf(await honest.browser.get(mixed))).toEqual(FAILED);
      expect((await honest.browser.get(honest.back)).status).toBe(303);
      // A code of one sign-in in the answer of another one: PKCE has bound it.
      const [mine, stolen] = [await atReturn(provider, dto, stranger()), await atReturn(provider, dto, stranger())];
      const injected = new URL(mine.back);
      injected.searchParams.set('code', new URL(stolen.back).searchParams.get('code') ?? '');
      expect(codeOf(await mine.browser.get(injected.href))).toEqual(FAILED);
    } finally {
      await evil.stop();
    }
  });
});

describe('the way back', () => {
  it.each([
    'https://evil.net',
    '//evil.net',
    '/\\evil.net',
    '/\t/evil.net',
    '/%0d%0aset-cookie:a=b'.replace('%0d%0a', '\r\n'),
    '/..//evil.net',
    'javascript:alert(1)',
    'docs',
    '',
    '/@evil.net/../..//evil.net',
  ])('%j is no path of this server', async (path) => {
    const url = `${dto.sign_in_url}?return_to=${encodeURIComponent(path)}`;
    expect(codeOf(await new TestBrowser().get(url))).toEqual([400, 'invalid_parameter']);
  });

  it('is taken from the row of the sign-in, not from what comes back', async () => {
    const { browser, back } = await atReturn(provider, dto, stranger(), '?return_to=/docs%23first');
    const answer = await browser.get(`${back}&return_to=https://evil.net`);
    expect([answer.status, answer.headers['location']]).toEqual([303, '/docs#first']);
  });
});

describe('a call that a provider has named', () => {
  let server: Server;
  let url: string;
  const paths: string[] = [];

  beforeAll(async () => {
    server = createServer(({ url: path }, response) => {
      paths.push(path ?? '');
      if (path?.startsWith('/away/')) response.writeHead(302, { location: `${url}/private` }).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => server?.close());

  const begin = async (issuer: string, at = strict): Promise<TestResponse> => {
    const body = { name: 'a', issuer, client_id: 'a' };
    const { id } = (await callAt(at.url, 'POST', '/account/providers', byKey(at), body)).json<ProviderDto>();
    return await callAt(at.url, 'GET', `/providers/${id}/sign-in`, {});
  };

  it('reaches no private address, in whatever form', async () => {
    const port = new URL(url).port;
    const forms = ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', '0.0.0.0'];
    for (const host of [...forms, '169.254.169.254', '10.0.0.1', '[fd00::1]', '[fe80::1]', '[64:ff9b::7f00:1]']) {
      for (const scheme of ['http', 'https']) {
        const answer = await begin(`${scheme}://${host}:${port}`);
        expect([host, ...codeOf(answer)]).toEqual([host, 503, 'provider_unavailable']);
      }
    }
    expect(paths).toEqual([]);
  });

  it('is made to the address that was checked, though the name has another one by then', async () => {
    const asked: string[] = [];
    strict.get(Outbound).resolve = (host, _, done) => {
      asked.push(host);
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const answer = await begin(`https://rebinding.example.org:${new URL(url).port}`);
    expect([...codeOf(answer), asked]).toEqual([503, 'provider_unavailable', ['rebinding.example.org']]);
    expect(answer.text).toContain('private network');
    expect(paths).toEqual([]);
  });

  it('that fails tells no address', async () => {
    app.get(Outbound).resolve = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    try {
      const answer = await begin('https://login.example.org:1', app);
      expect(codeOf(answer)).toEqual([503, 'provider_unavailable']);
      expect(answer.text).toContain('ECONNREFUSED');
      expect(answer.text).not.toContain('127.0.0.1');
    } finally {
      app.get(Outbound).resolve = lookUp;
    }
  });

  it('follows no redirect', async () => {
    expect(codeOf(await begin(`${url}/away`, app))).toEqual([503, 'provider_unavailable']);
    expect(paths).toEqual(['/away/.well-known/openid-configuration']);
  });

  it.each(['token_endpoint', 'jwks_uri', 'userinfo_endpoint'])(
    'reaches no private %s that discovery names',
    async (at) => {
      const port = new URL(url).port;
      // The list allows 127.0.0.1 alone; every other address of loopback leads to the same server.
      const narrow = await startTestApp(stores, { role: 'api', privateNetworks: ['127.0.0.1'] });
      try {
        const theirs = await setUp(narrow, provider, RULE);
        provider.discovery = { [at]: `http://127.0.0.2:${port}/private` };
        const { email, email_verified, ...login } = stranger();
        const { answer } = await signInBy(
          provider,
          theirs,
          at === 'userinfo_endpoint' ? login : { ...login, email, email_verified },
        );
        expect(codeOf(answer)).toEqual([503, 'provider_unavailable']);
      } finally {
        provider.discovery = {};
        await narrow.stop();
      }
      expect(paths).not.toContain('/private');
    },
  );
});

it('bounds the sign-ins of a network that are under way', async () => {
  const row = `INSERT INTO provider_sign_ins (state_hash, browser_hash, provider_id, nonce, code_verifier, return_to, network)
    SELECT n::text, '', '', '', '', '', '127.0.0.0/24' FROM generate_series(1, 100) AS n`;
  await app.get(DataSource).query(row);
  const refused = await callAt(app.url, 'GET', `/providers/${dto.id}/sign-in`, {});
  expect([...codeOf(refused), refused.headers['retry-after']]).toEqual([429, 'too_many_sign_ins', '600']);
});
