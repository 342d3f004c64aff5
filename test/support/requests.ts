import type { AnswerDto } from '../../src/requests/answer/answer.dto.js';
import { isFinished } from '../../src/requests/run/run.entity.js';
import type { TestResponse } from './call-http.js';
import type { TestApp } from './test-app.js';
import { until } from './until.js';

/** Events in the whole of 2020: `seedEvents` with `from: '2020-01-01'`. Another `name` makes another hash. */
export function countOf(name: string, more: object = {}): object {
  const window = { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' };
  return { cohort: { all: true }, metric: 'event_count', params: { event: ['visit', name] }, window, ...more };
}

/**
 * Takes the engine seconds: each seeded event is compared with `filters` x 100 values, about 20 microseconds with 20 of
 * them.
 */
export function slowCountOf(name: string, filters = 190): object {
  const values = Array.from({ length: 100 }, (_, i) => i);
  const and = Array.from({ length: filters }, (_, i) => ({ property: 'weight', in: [...values, 1000 + i] }));
  return countOf(name, { params: { event: ['visit', name], where: { and } } });
}

export async function ask(app: TestApp, body: object, query = ''): Promise<AnswerDto> {
  const response = await app.call('POST', `/requests${query}`, body);
  if (response.status > 202) throw new Error(`${response.status}: ${response.text}`);
  return response.json();
}

export async function answerOf(app: TestApp, id: string): Promise<AnswerDto> {
  return (await app.call('GET', `/requests/${id}`)).json();
}

/** The answer as soon as it has an end state. */
export async function ended(app: TestApp, id: string, deadlineMs = 30_000): Promise<AnswerDto> {
  let answer = await answerOf(app, id);
  await until(async () => isFinished((answer = await answerOf(app, id)).status), deadlineMs);
  return answer;
}

export async function reaches(app: TestApp, id: string, status: string, deadlineMs = 30_000): Promise<void> {
  await until(async () => (await answerOf(app, id)).status === status, deadlineMs);
}

export function errorOf(response: TestResponse): {
  code: string;
  detail: string;
  errors?: { pointer?: string; parameter?: string }[];
} {
  return response.json();
}
