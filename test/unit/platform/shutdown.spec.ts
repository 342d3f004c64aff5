import { Agent, createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drain } from '../../../src/platform/http/shutdown.js';

describe('drain', () => {
  let server: Server;
  let port: number;
  const agent = new Agent({ keepAlive: true });

  beforeEach(async () => {
    server = createServer((_request, response) => setTimeout(() => response.end('done'), 200));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => server.closeAllConnections());
  afterAll(() => agent.destroy());

  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      }).once('error', reject);
    });

  it('answers what is under way, takes nothing new, and waits for no kept-alive connection', async () => {
    const underWay = ask();
    await sleep(50);
    const startedMs = performance.now();
    const drained = drain(server, 10_000);
    await expect(new Promise((_resolve, reject) => connect(port, '127.0.0.1').once('error', reject))).rejects.toThrow(
      'ECONNREFUSED',
    );
    expect(await underWay).toBe('done');
    await drained;
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it('cuts off what is not answered in time', async () => {
    const [requested] = await Promise.allSettled([ask(), sleep(50).then(() => drain(server, 20))]);
    expect(requested).toMatchObject({ status: 'rejected', reason: { message: 'socket hang up' } });
  });

  it('has nothing to do for a server that does not listen', async () => {
    await drain(server, 0);
    await drain(server, 10_000);
    expect(server.listening).toBe(false);
  });
});
