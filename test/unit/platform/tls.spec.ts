import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect as http2Connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as tlsConnect } from 'node:tls';
import { readTls } from '../../../src/platform/http/tls.js';
import { drain } from '../../../src/platform/http/shutdown.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { until } from '../../support/until.js';
import { EdgeApp } from './edge-app.js';

const folder = mkdtempSync(join(tmpdir(), 'muster-tls-'));
const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };

function use(name: 'first' | 'second'): void {
  copyFileSync(join(PACKAGE_ROOT, `test/support/tls/${name}.cert.pem`), files.certFile);
  copyFileSync(join(PACKAGE_ROOT, `test/support/tls/${name}.key.pem`), files.keyFile);
}

let edge: EdgeApp;
beforeAll(async () => {
  use('first');
  edge = await EdgeApp.start({ tls: files, requestTimeoutMs: 700 });
});
afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true });
});

const session = (): ClientHttp2Session => http2Connect(edge.url, { rejectUnauthorized: false });

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function sent(over: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<Answer> {
  const stream = over.request({ ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return { headers: head, body: await text(stream) };
}

/** The name in the certificate that a new connection is shown. */
async function shownName(): Promise<string> {
  const socket = tlsConnect({ port: Number(new URL(edge.url).port), host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return String(name);
}

describe('over TLS', () => {
  it('both HTTP/2 and HTTP/1.1 are spoken, by what the caller offers', async () => {
    const over = session();
    const { headers, body } = await sent(over, { ':path': '/v1/things/plain' });
    expect([over.alpnProtocol, headers[':status'], body]).toEqual(['h2', 200, '{}']);
    over.close();
    const old = request(`${edge.url}/v1/things/plain`, { rejectUnauthorized: false, agent: false }).end();
    const [response] = await once(old, 'response');
    expect([response.httpVersion, response.statusCode, await text(response)]).toEqual(['1.1', 200, '{}']);
  });

  it('bodies, streams and problems pass through HTTP/2', async () => {
    const over = session();
    const post = { ':method': 'POST', ':path': '/v1/things', 'content-type': 'application/json' };
    expect((await sent(over, post, '{"name":"a"}')).body).toBe('{"name":"a","isDto":true}');
    const raw = { ...post, ':path': '/v1/things/raw', 'content-type': 'application/x-ndjson' };
    expect(JSON.parse((await sent(over, raw, 'x\n'.repeat(100_000))).body)).toMatchObject({ bytes: 200_000 });
    const { headers, body } = await sent(over, { ':path': '/nowhere' });
    expect([headers[':status'], JSON.parse(body)]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
    over.close();
  });

  it('of 1.2 has suites with forward secrecy and AEAD alone', async () => {
    const suite = async (ciphers: string): Promise<string> => {
      const port = Number(new URL(edge.url).port);
      const options = { maxVersion: 'TLSv1.2' as const, rejectUnauthorized: false, ciphers };
      const socket = tlsConnect({ port, host: '127.0.0.1', ...options });
      try {
        await once(socket, 'secureConnect');
        return socket.getCipher().name;
      } catch {
        return 'refused';
      } finally {
        socket.destroy();
      }
    };
    expect(await suite('ECDHE-ECDSA-AES128-GCM-SHA256')).toBe('ECDHE-ECDSA-AES128-GCM-SHA256');
    for (const old of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA']) expect(await suite(old)).toBe('refused');
  });

  it('browsers are told to come back by HTTPS', async () => {
    const over = session();
    const { headers } = await sent(over, { ':path': '/v1/things/plain' });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    over.close();
  });

  it('a body that is not there in time ends its request alone', async () => {
    const over = session();
    const slow = over.request({ ':method': 'POST', ':path': '/v1/things', 'content-type': 'application/json' });
    slow.write('{"name":');
    slow.on('error', () => undefined);
    await once(slow, 'close');
    expect((await sent(over, { ':path': '/v1/things/plain' })).headers[':status']).toBe(200);
    over.close();
  });

  it('a new certificate is shown to new connections, and one that cannot be used is not', async () => {
    const old = session();
    expect((await sent(old, { ':path': '/livez' })).headers[':status']).toBe(200);
    expect(await shownName()).toBe('first.example.org');
    use('second');
    await until(async () => (await shownName()) === 'second.example.org');
    writeFileSync(files.certFile, 'nothing');
    await until(() => edge.logLines.some((line) => line.includes('the old one stays')));
    expect(await shownName()).toBe('second.example.org');
    expect((await sent(old, { ':path': '/livez' })).headers[':status']).toBe(200);
    old.close();
    use('second');
  });

  it('a start tells which files cannot be used', () => {
    expect(() => readTls({ ...files, keyFile: join(folder, 'missing') })).toThrow(/MUSTER_TLS_KEY: ENOENT.*PEM files/);
    const other = join(PACKAGE_ROOT, 'test/support/tls/first.key.pem');
    expect(() => readTls({ ...files, keyFile: other })).toThrow(/MUSTER_TLS_CERT and MUSTER_TLS_KEY: .*mismatch/);
  });

  it('a stop waits for what is being answered, and ends connections that are kept', async () => {
    const own = await EdgeApp.start({ tls: files });
    const over = http2Connect(own.url, { rejectUnauthorized: false });
    const idle = http2Connect(own.url, { rejectUnauthorized: false });
    await once(idle, 'connect');
    const slow = over.request({ ':method': 'POST', ':path': '/v1/things', 'content-type': 'application/json' });
    slow.write('{"name":');
    await until(() => own.app.getHttpServer().listening);
    await new Promise((resolve) => over.ping(resolve));
    const drained = drain(own.app.getHttpServer(), 20_000);
    await once(idle, 'close');
    slow.end('"b"}');
    const [head] = (await once(slow, 'response')) as [IncomingHttpHeaders];
    expect(head[':status']).toBe(201);
    expect(await text(slow)).toContain('"b"');
    await drained;
    await own.stop();
  });
});

describe('headers of HTTP/2 that would break a request of HTTP/1.1 behind it', () => {
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  /** Literals without an index, as no library writes them. */
  const block = (headers: readonly (readonly [string, string])[]): Buffer =>
    Buffer.concat(
      headers.flatMap(([name, value]) => [
        Buffer.from([0, name.length]),
        Buffer.from(name, 'latin1'),
        Buffer.from([value.length]),
        Buffer.from(value, 'latin1'),
      ]),
    );
  const REQUEST = [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':path', '/v1/things'],
    [':authority', 'x'],
  ] as const;

  /** Whether an answer came; else the stream or the connection was reset. */
  async function isAnswered(more: readonly (readonly [string, string])[], body = '{}'): Promise<boolean> {
    const port = Number(new URL(edge.url).port);
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    socket.write(frame(1, 4, 1, block([...REQUEST, ...more])));
    socket.write(frame(0, 1, 1, Buffer.from(body)));
    let read = Buffer.alloc(0);
    for await (const part of socket as AsyncIterable<Buffer>) {
      read = Buffer.concat([read, part]);
      for (let at = 0; at + 9 <= read.length; at += 9 + read.readUIntBE(at, 3)) {
        const type = read.readUInt8(at + 3);
        // HEADERS; RST_STREAM, GOAWAY.
        if (type === 1 || type === 3 || type === 7) {
          socket.destroy();
          return type === 1;
        }
      }
    }
    return false;
  }

  it.each([
    ['a line that ends', 'x', 'a\r\nTransfer-Encoding: chunked'],
    ['LF', 'x', 'a\nb'],
    ['NUL', 'x', 'a\0b'],
    ['a colon in a name', 'x:y', 'a'],
  ])('are not seen: %s', async (_, name, value) => {
    const seen: IncomingHttpHeaders[] = [];
    const note = ({ headers }: IncomingMessage): void => void seen.push(headers);
    const server = edge.app.getHttpServer();
    server.on('request', note);
    await isAnswered([[name, value]]);
    server.off('request', note);
    for (const headers of seen) expect([headers[name], headers['transfer-encoding']]).toEqual([undefined, undefined]);
  });

  it.each([
    ['a coding', [['transfer-encoding', 'chunked']]],
    ['a header of the connection', [['connection', 'transfer-encoding']]],
    ['capitals', [['Content-Length', '2']]],
    ['a second path', [[':path', '/livez']]],
    ['a length that is too short', [['content-length', '1']]],
    ['a length that is too long', [['content-length', '5']]],
    [
      'two lengths',
      [
        ['content-length', '2'],
        ['content-length', '3'],
      ],
    ],
  ] as const)('end the stream: %s', async (_, more) => {
    expect(await isAnswered(more)).toBe(false);
  });

  it('are taken where they are right', async () => {
    expect(await isAnswered([['content-length', '2']])).toBe(true);
  });
});
