import type { TestApp } from './test-app.js';

/** Sends through the HTTP interface; every item must be accepted. */
export async function send(app: TestApp, what: 'events' | 'users', ...items: object[]): Promise<void> {
  const response = await app.call('POST', `/${what}`, items);
  const answer = response.json<{ accepted: number }>();
  if (answer.accepted !== items.length) throw new Error(`${what} not accepted: ${response.text}`);
}
