import { createServer, type AddressInfo, type Server } from 'node:net';
import { checkEngine, isNewEnough } from '../../../src/stores/clickhouse/check-engine.js';

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('checkEngine', () => {
  it('leaves the embedded engine to its supervisor', async () => {
    await expect(checkEngine('unix:/nowhere/engine.sock')).resolves.toBeUndefined();
  });

  it('says that a server cannot be reached, without its password', async () => {
    const nowhere = checkEngine(`http://u:hunter2@127.0.0.1:${await freePort()}/db`);
    await expect(nowhere).rejects.toMatchObject({ exitCode: 69 });
    await expect(nowhere).rejects.toThrow(/^CLICKHOUSE_URL: the engine cannot be used: .*ECONNREFUSED/);
    await expect(nowhere).rejects.not.toThrow(/hunter2/);
  });

  it.each([
    ['25.8.11.66', false],
    ['25.9.1.1', true],
    ['26.1.2.3', true],
    ['24.12.1.1', false],
  ])('takes ClickHouse %s: %s', (version, isTaken) => {
    expect(isNewEnough(version)).toBe(isTaken);
  });
});
