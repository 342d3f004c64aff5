import { isReachedFromElsewhere } from '../../../src/platform/http/from-here.js';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { EdgeApp } from './edge-app.js';

async function open(edge: EdgeApp): Promise<Socket> {
  const socket = connect(Number(new URL(edge.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function withEdge(settings: Parameters<typeof EdgeApp.start>[0], use: (edge: EdgeApp) => Promise<void>) {
  const edge = await EdgeApp.start(settings);
  try {
    await use(edge);
  } finally {
    await edge.stop();
  }
}

describe('limits of connections', () => {
  it('of time: headers that come byte by byte are refused', async () => {
    await withEdge({ headersTimeoutMs: 200 }, async (edge) => {
      const socket = await open(edge);
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
      const drip = setInterval(() => socket.writable && socket.write('X-A: b\r\n'), 20);
      const answer = await text(socket);
      clearInterval(drip);
      expect(answer).toMatch(/^HTTP\/1.1 408 [^]*"code":"request_timeout"/);
    });
  });

  it('of time: a body that comes byte by byte is refused', async () => {
    await withEdge({ headersTimeoutMs: 200, requestTimeoutMs: 400 }, async (edge) => {
      const socket = await open(edge);
      const head =
        'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
      socket.write(`${head}{`);
      const drip = setInterval(() => socket.writable && socket.write(' '), 20);
      const answer = await text(socket);
      clearInterval(drip);
      expect(answer).toMatch(/^HTTP\/1.1 408 [^]*"code":"request_timeout"/);
    });
  });

  it('of idleness: a connection on which nothing moves is closed', async () => {
    await withEdge({ idleTimeoutMs: 200 }, async (edge) => {
      expect(await text(await open(edge))).toBe('');
    });
  });

  it('of number: one more is closed, and there is room again when another ends', async () => {
    await withEdge({ connectionLimit: 1 }, async (edge) => {
      const first = await open(edge);
      const second = connect(Number(new URL(edge.url).port), '127.0.0.1');
      second.on('error', () => undefined);
      await once(second, 'close');
      first.destroy();
      await once(first, 'close');
      await expect(edge.call('GET', '/livez')).resolves.toMatchObject({ status: 200 });
    });
  });
});

describe('who calls', () => {
  const forwarded = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' };
  const callerOf = async (edge: EdgeApp): Promise<unknown> =>
    (await edge.call('GET', '/v1/things/caller', undefined, forwarded)).json();

  it('is the other end of the connection, whatever a header says', async () => {
    await withEdge({}, async (edge) => expect(await callerOf(edge)).toEqual({ ip: '127.0.0.1' }));
  });

  it('is whom the last proxy names that is not trusted itself', async () => {
    await withEdge({ trustedProxies: ['127.0.0.0/8'] }, async (edge) =>
      expect(await callerOf(edge)).toEqual({ ip: '203.0.113.9' }),
    );
    await withEdge({ trustedProxies: ['127.0.0.1', '203.0.113.0/24'] }, async (edge) =>
      expect(await callerOf(edge)).toEqual({ ip: '198.51.100.7' }),
    );
    await withEdge({ trustedProxies: ['203.0.113.9'] }, async (edge) =>
      expect(await callerOf(edge)).toEqual({ ip: '127.0.0.1' }),
    );
  });
});

describe('browsers', () => {
  it('are told what they may not do with an answer, and get none for another site', async () => {
    await withEdge({}, async (edge) => {
      const asked = { origin: 'https://other.example', 'access-control-request-method': 'POST' };
      const answers = [
        await edge.call('GET', '/v1/things/plain', undefined, asked),
        await edge.call('GET', '/nowhere', undefined, asked),
        await edge.call('POST', '/v1/things', '{', asked),
      ];
      for (const { headers } of answers) {
        expect(headers).toMatchObject({
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        });
        expect(headers).not.toHaveProperty('strict-transport-security');
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    });
  });
});

describe('Muster is reached from elsewhere', () => {
  it.each<[string | undefined, string[], boolean]>([
    [undefined, [], false],
    ['http://127.0.0.1:3000', [], false],
    ['http://localhost:3000', [], false],
    ['https://muster.example.org', [], true],
    [undefined, ['127.0.0.1'], true],
  ])('at %s through %j: %s', (publicUrl, trustedProxies, is) => {
    expect(isReachedFromElsewhere({ publicUrl, trustedProxies })).toBe(is);
  });
});
