import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalHash } from '../../../packages/client/src/canonical-hash.js';
import { send } from '../../support/ingest.js';
import { ask, countOf, errorOf } from '../../support/requests.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { allRuns } from '../../support/runs.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import type { CanonicalDto } from '../../../src/requests/canonical.dto.js';

interface Vectors {
  readonly property: { readonly cohorts: Readonly<Record<string, readonly string[] | object>> };
  readonly vectors: readonly { readonly name: string; readonly body: object; readonly hash: string }[];
}

describe('POST of a request to /canonical', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'events', { user: 'a', event: 'visit', time: '2020-05-01T00:00:00Z' });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const describeBody = async (body: object): Promise<CanonicalDto> => {
    const response = await app.call('POST', '/requests/canonical', body);
    expect(response.status).toBe(200);
    return response.json();
  };

  it('tells hash and meaning, runs nothing, and knows what is stored', async () => {
    const reported = await describeBody(countOf('meant'));
    expect(reported).toMatchObject({ request: { metric: 'event_count', as_of: null }, fresh: false, stored: null });
    expect(await canonicalHash(reported.request)).toBe(reported.hash);
    expect(await allRuns(app)).toEqual([]);

    const answer = await ask(app, countOf('meant'), '?wait=20');
    expect(answer).toMatchObject({ hash: reported.hash, request: reported.request, cached: false });
    const stored = { id: answer.id, data_version: 1, computed_at: answer.computed_at };
    expect(await describeBody(countOf('meant'))).toMatchObject({ hash: reported.hash, fresh: true, stored });

    await send(app, 'events', { user: 'a', event: 'visit', time: '2020-05-02T00:00:00Z' });
    expect(await describeBody(countOf('meant'))).toMatchObject({ hash: reported.hash, fresh: false, stored });
    expect(await allRuns(app)).toHaveLength(1);
  });

  it('has the hash of the test vectors', async () => {
    const file = join(PACKAGE_ROOT, 'packages/client/request-hash-vectors.json');
    const { property, vectors } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
    for (const [name, of] of Object.entries(property.cohorts)) {
      const content = Array.isArray(of) ? { static: { users: of } } : of;
      expect((await app.call('POST', '/cohorts', { name, ...content })).status).toBe(201);
    }
    const reported = await Promise.all(vectors.map(({ body }) => describeBody({ ...body, min_seq: undefined })));
    expect(reported.map(({ hash }, i) => [vectors[i]?.name, hash])).toEqual(
      vectors.map(({ name, hash }) => [name, hash]),
    );
  });

  it('refuses what a request would be refused for', async () => {
    const response = await app.call('POST', '/requests/canonical', { ...countOf('wrong'), metric: 'pageviews' });
    expect(response.status).toBe(422);
    expect(errorOf(response)).toMatchObject({ code: 'unknown_metric', errors: [{ pointer: '/metric' }] });
  });
});
