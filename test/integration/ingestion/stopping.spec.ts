import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { createLogger } from '../../../src/platform/logging/logger.js';
import { serve, type Serving } from '../../../src/serve.js';
import { MusterClient } from '../../../packages/client/src/index.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { callHttp } from '../../support/call-http.js';

interface Refusal {
  readonly code: string;
  readonly stored: { readonly items: number; readonly accepted: number; readonly ingest_seq: number };
}

/** More than what is gathered before it is stored (28 MiB). */
const LINES = 50_000;
const TEXT = 'x'.repeat(1000);
const MINUTE_MS = 60_000;

const lineOf = (i: number): string =>
  `{"id":"${i}","user":"user-${i % 1000}","event":"visit","time":"2026-01-01T00:00:00Z","properties":{"page":"${TEXT}"}}\n`;

describe('a body that is on its way when the process is told to stop', () => {
  let stores: TestStores;

  beforeAll(async () => (stores = await startTestStores()));
  afterAll(() => stores?.stop());

  const start = (shutdownGraceMs: number): Promise<Serving> => {
    const config = { ...readConfig({}), ...stores.urls, dataDir: stores.dataDir, port: 0, shutdownGraceMs };
    return serve(config, stores.urls, createLogger('silent'));
  };

  it(
    'is answered with how far it got, and goes on from there in the next process',
    async () => {
      const first = await start(8_000);
      const apiKey = readFileSync(join(stores.dataDir, 'admin-key'), 'utf8').trim();
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' };
      const upload = request(`${first.url}/v1/properties/default/events`, { method: 'POST', headers });
      upload.on('error', () => undefined);
      const refused = new Promise<{ status: number | undefined; headers: object; body: Refusal }>((resolve, reject) => {
        upload.once('response', (response) => {
          json(response).then(
            (body) => resolve({ status: response.statusCode, headers: response.headers, body: body as Refusal }),
            reject,
          );
        });
      });
      for (let i = 0; i < LINES; i += 1000) {
        upload.write(Array.from({ length: 1000 }, (_, k) => lineOf(i + k)).join(''));
        await new Promise((resolve) => setImmediate(resolve));
      }
      const trickle = setInterval(
        () => upload.write('{"user":"late","event":"visit","time":"2026-01-02T00:00:00Z"}\n'),
        100,
      );
      const batches = 'SELECT 1 FROM ingest_counters WHERE last_seq > 0';
      await until(async () => (await first.app.get(DataSource).query<unknown[]>(batches)).length > 0, 30_000);
      const stopped = first.stop();
      const { status, headers: reported, body } = await refused;
      clearInterval(trickle);
      upload.destroy();
      await stopped;

      expect([status, body.code]).toEqual([503, 'shutting_down']);
      expect(reported).toMatchObject({ 'retry-after': expect.any(String) });
      expect(body.stored.items).toBeGreaterThan(0);
      expect(body.stored.items).toBeLessThan(LINES);
      expect(body.stored.accepted).toBe(body.stored.items);

      const next = await start(1_000);
      try {
        expect(await next.app.get(DataSource).query('SELECT 1 FROM open_batches')).toEqual([]);
        const property = new MusterClient({ url: next.url, apiKey }).property('default');
        const rest = Array.from({ length: LINES - body.stored.items }, (_, i) => lineOf(body.stored.items + i)).join(
          '',
        );
        const sent = await callHttp(next.url, 'POST', '/v1/properties/default/events', { headers, body: rest });
        expect(sent.json()).toMatchObject({ accepted: LINES - body.stored.items, duplicates: 0, rejected: 0 });
        const answer = await property.ask({
          cohort: { all: true },
          metric: 'event_count',
          window: { kind: 'fixed', from: '2026-01-01', to: '2026-02-01' },
          aggregators: ['sum'],
        });
        expect(answer.aggregates?.['count']).toMatchObject({ sum: LINES });
      } finally {
        await next.stop();
      }
    },
    MINUTE_MS,
  );
});
