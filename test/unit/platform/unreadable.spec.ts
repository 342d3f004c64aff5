import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { EdgeApp } from './edge-app.js';

let edge: EdgeApp;
beforeAll(async () => (edge = await EdgeApp.start()));
afterAll(() => edge.stop());

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(edge.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** All that comes back on a connection of its own. */
async function sent(bytes: string): Promise<string> {
  const socket = await open();
  socket.write(bytes);
  return await text(socket);
}

const GET = 'GET /livez HTTP/1.1\r\n';

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['a header without a name', `${GET}Host: x\r\n: y\r\n\r\n`, 400, 'malformed_request'],
    ['two lengths', `${GET}Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'malformed_request'],
    ['no host', `${GET}Connection: close\r\n\r\n`, 400, 'malformed_request'],
    ['two hosts', `${GET}Host: x\r\nhost: y\r\nConnection: close\r\n\r\n`, 400, 'malformed_request'],
    ['one host twice', `${GET}Host: x\r\nHost: x\r\nConnection: close\r\n\r\n`, 400, 'malformed_request'],
    ['long headers', `${GET}Host: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['a long line', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'headers_too_large'],
  ])('are answered with a problem: %s', async (_, bytes, status, code) => {
    const [head = '', body = ''] = (await sent(bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json; charset=utf-8');
    const id = /x-request-id: (\S+)/i.exec(head)?.[1];
    expect(JSON.parse(body)).toEqual({
      type: `urn:muster:error:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      instance: `urn:muster:request:${id}`,
      code,
    });
  });

  it('cut an answer that has begun, and write nothing into it', async () => {
    const socket = await open();
    socket.write('GET /v1/things/endless HTTP/1.1\r\nHost: x\r\n\r\n');
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1.1 200 /);
    socket.write('hello\r\n\r\n');
    expect(await text(socket)).not.toContain('HTTP/1.1');
  });
});

it('an expectation that nobody knows is no reason to refuse', async () => {
  expect(await sent(`${GET}Host: x\r\nExpect: cake\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
});
