import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from '../../support/until.js';
import { EdgeApp } from './edge-app.js';

// What stands behind a proxy reads the same bytes as it does. Where the two could differ on where a request ends, the
// second request of a connection could be one that its sender was not allowed to make: such bytes are refused whole.

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const post = (headers: string, body = ''): string =>
  `POST /v1/things HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}${SMUGGLED}`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const NO_CHUNK = '0\r\n\r\n';

/** Refused by the parser; `opens`: a lenient one would take the smuggled request for one. */
const UNCLEAR: readonly (readonly [name: string, bytes: string, opens: boolean])[] = [
  ['a length and chunks', post(`Content-Length: 6\r\n${CHUNKED}`, NO_CHUNK), true],
  ['chunks and a length', post(`${CHUNKED}Content-Length: 3\r\n`, NO_CHUNK), true],
  ['two lengths', post('Content-Length: 0\r\nContent-Length: 5\r\n'), false],
  ['one length twice', post('Content-Length: 0\r\nContent-Length: 0\r\n'), false],
  ['a list of lengths', post('Content-Length: 0, 0\r\n'), false],
  ['a signed length', post('Content-Length: +0\r\n'), false],
  ['a negative length', post('Content-Length: -1\r\n'), false],
  ['a length in hex', post('Content-Length: 0x0\r\n'), false],
  ['an empty length', post('Content-Length: \r\n'), false],
  ['a folded header', post('X: a\r\n Content-Length: 0\r\n'), true],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', NO_CHUNK), true],
  ['lines that end in LF', post('Content-Length: 0\r\n').replaceAll('\r\n', '\n'), true],
  ['a line that ends in LF', post('X: a\nTransfer-Encoding: chunked\r\n', NO_CHUNK), true],
  ['a line that ends in CR', post('X: a\rContent-Length: 5\r\n'), false],
  ['a space before the colon', post('Transfer-Encoding : chunked\r\n', NO_CHUNK), true],
  ['an unknown coding', post('Transfer-Encoding: xchunked\r\n', NO_CHUNK), false],
  ['chunks that are not the last coding', post('Transfer-Encoding: chunked, identity\r\n', NO_CHUNK), false],
  ['two codings', post(`${CHUNKED}Transfer-Encoding: x\r\n`, NO_CHUNK), false],
  ['a control character before the coding', post('Transfer-Encoding: \x0Bchunked\r\n', NO_CHUNK), false],
  ['an extension of a chunk with LF', post(CHUNKED, '0;a\nb\r\n\r\n'), false],
  ['an extension of a chunk with CR', post(CHUNKED, '0;\rxx\r\n\r\n'), false],
  ['chunks that end in LF', post(CHUNKED, '0\n\n'), false],
  ['a chunk with a space', post(CHUNKED, '0 \r\n\r\n'), true],
  ['a chunk of 0x0', post(CHUNKED, '0x0\r\n\r\n'), false],
  ['a chunk beyond 64 bits', post(CHUNKED, '10000000000000000\r\n'), false],
  ['a chunk that is longer than it says', post(CHUNKED, '1\r\naXX0\r\n\r\n'), false],
  ['a length in the trailer', post(CHUNKED, '0\r\nContent-Length: 50\r\n\r\n'), true],
  ['a NUL in a header', post('X: a\0b\r\nContent-Length: 0\r\n'), true],
  ['an unknown version', post('Content-Length: 0\r\n').replace('HTTP/1.1', 'HTTP/1.2'), true],
  ['the preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`, false],
];

async function sent(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  return await text(socket);
}

const statuses = (answer: string): string[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => match[1] ?? '');

/** Where a body breaks off behind its headers, these may be refused first. */
const REFUSED = ['400', '415'];

describe('a request of which it is not clear where it ends', () => {
  let edge: EdgeApp;
  let port: number;
  /** What we would be with Node's lenient parser. */
  let lenient: Server;
  const seen: string[] = [];

  beforeAll(async () => {
    edge = await EdgeApp.start();
    port = Number(new URL(edge.url).port);
    lenient = createServer({ insecureHTTPParser: true }, (request, response) => {
      seen.push(request.url ?? '');
      request.resume().once('end', () => response.end());
    });
    await once(lenient.listen(0, '127.0.0.1'), 'listening');
  });

  afterAll(async () => {
    await edge.stop();
    lenient.closeAllConnections();
    lenient.close();
  });

  it.each(UNCLEAR)('is refused, with what follows it: %s', async (_, bytes) => {
    const lines = edge.logLines.length;
    const came = statuses(await sent(port, bytes));
    expect([came.length > 0, came.filter((status) => !REFUSED.includes(status))]).toEqual([true, []]);
    expect(edge.logLines.slice(lines).filter((line) => line.includes('/smuggled'))).toEqual([]);
  });

  it.each(UNCLEAR.filter(([, , opens]) => opens))('would let it through by a lenient parser: %s', async (_, bytes) => {
    seen.length = 0;
    await Promise.race([sent((lenient.address() as AddressInfo).port, bytes), until(() => seen.includes('/smuggled'))]);
    expect(seen).toContain('/smuggled');
  });

  it('is refused with a coding that nobody here knows, before the chunks', async () => {
    const answer = await sent(port, post('Transfer-Encoding: cow, chunked\r\n', NO_CHUNK));
    expect(new Set(statuses(answer))).toEqual(new Set(['400']));
    expect(answer).toContain('malformed_request');
  });

  it('is refused with chunks in HTTP/1.0, which has none', async () => {
    const answer = await sent(port, post(CHUNKED, NO_CHUNK).replace('HTTP/1.1', 'HTTP/1.0'));
    expect(new Set(statuses(answer))).toEqual(new Set(['400']));
  });

  it('is none where it is written as the standard says', async () => {
    const right = post(`${CHUNKED}Content-Type: application/json\r\n`, 'c;a="b"\r\n{"name":"x"}\r\n0\r\n\r\n');
    expect(statuses(await sent(port, right))).toEqual(['201', '404']);
  });

  it('does not change over to HTTP/2 without TLS', async () => {
    const upgrade = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const answer = await sent(port, `GET /livez HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    expect(statuses(answer)).toEqual(['200']);
  });
});

describe('a path that leads out of the page', () => {
  let edge: EdgeApp;
  beforeAll(async () => (edge = await EdgeApp.start()));
  afterAll(() => edge.stop());

  it.each([
    '/docs/../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%5c..%5cpackage.json',
    '/docs/....//package.json',
    '/docs/%00',
    '/docs/.',
    '//docs//etc/passwd',
    '/docs/%252e%252e%252fpackage.json',
  ])('shows nothing: %s', async (path) => {
    const answer = await sent(
      Number(new URL(edge.url).port),
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).not.toMatch(/"dependencies"|root:/);
    expect(['400', '403', '404', '405']).toContain(statuses(answer)[0]);
  });
});

it('TRACE echoes nothing', async () => {
  const edge = await EdgeApp.start();
  const answer = await sent(
    Number(new URL(edge.url).port),
    'TRACE /livez HTTP/1.1\r\nHost: x\r\nX-Secret: canary\r\nConnection: close\r\n\r\n',
  );
  await edge.stop();
  expect(statuses(answer)[0]).toMatch(/^(400|404|405|501)$/);
  expect(answer).not.toContain('canary');
});

it('a line of the log is one line, whatever a request holds', async () => {
  const edge = await EdgeApp.start();
  const port = Number(new URL(edge.url).port);
  const nasty = `%0d%0a%7b"level":60,"msg":"forged"%7d%00%1b[31m`;
  const headers = `User-Agent: a\x1B[31m{"level":60}\r\nX-Request-Id: x"}\x80{"level":60\r\nReferer: ${nasty}\r\n`;
  await sent(port, `GET /${nasty}?${nasty} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);
  await edge.stop();
  expect(edge.logLines.length).toBeGreaterThan(0);
  for (const line of edge.logLines) {
    expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(line)).toMatchObject({ level: expect.not.stringMatching(/fatal/) as unknown });
  }
});
