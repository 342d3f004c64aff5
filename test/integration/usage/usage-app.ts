import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import { parseOpenMetrics } from '../../support/openmetrics.js';
import type { TestApp } from '../../support/test-app.js';

/** A property of its own for a test. */
export interface TestProperty {
  readonly id: string;
  readonly slug: string;
  call(method: Method, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  /** Every item must be accepted. */
  send(what: 'events' | 'users', ...items: readonly object[]): Promise<void>;
}

export async function makeProperty(app: TestApp, slug: string, more: object = {}): Promise<TestProperty> {
  const authorization = `Bearer ${app.adminKey}`;
  const made = await callHttp(app.url, 'POST', '/v1/properties', {
    headers: { authorization },
    body: { slug, ...more },
  });
  const { id } = made.json<{ id: string }>();
  const call: TestProperty['call'] = (method, path, body, headers = {}) =>
    callHttp(app.url, method, `/v1/properties/${slug}${path}`, { headers: { authorization, ...headers }, body });
  return {
    id,
    slug,
    call,
    send: async (what, ...items) => {
      const answer = await call('POST', `/${what}`, items);
      if (answer.json<{ accepted: number }>().accepted !== items.length) throw new Error(answer.text);
    },
  };
}

/** The gauges of active users in `/metrics`, by their name and labels, of properties with one of the slugs. */
export async function gaugesOf(app: TestApp, ...slugs: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { payload } = await app.nest.inject({ method: 'GET', url: '/metrics', remoteAddress: '127.0.0.1' });
  const samples = parseOpenMetrics(payload).flatMap((family) => family.samples);
  const own = samples.filter(({ labels }) => labels['property'] !== undefined && slugs.includes(labels['property']));
  return Object.fromEntries(own.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]));
}
