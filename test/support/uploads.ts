import type { UploadDto, UploadRowDto } from '../../src/cohorts/uploads/upload.dto.js';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import type { TestResponse } from './call-http.js';
import type { TestApp } from './test-app.js';

export const TEXT = { 'content-type': 'text/plain' };
export const CSV = { 'content-type': 'text/csv' };
export type Headers = Readonly<Record<string, string>>;

/** Sends a body and waits for its validation. */
export function postUpload(app: TestApp, query: string, body: unknown, headers: Headers = TEXT): Promise<TestResponse> {
  return app.call('POST', `/cohort-uploads?wait=30&${query}`, body, headers);
}

/** The same of one that must be accepted. */
export async function uploaded(
  app: TestApp,
  query: string,
  body: unknown,
  headers: Headers = TEXT,
): Promise<UploadDto> {
  const response = await postUpload(app, query, body, headers);
  if (response.status !== 202) throw new Error(response.text);
  return response.json();
}

export function finishUpload(app: TestApp, id: string, body: object, headers: Headers = {}): Promise<TestResponse> {
  return app.call('POST', `/cohort-uploads/${id}/finish`, body, headers);
}

export async function uploadRows(app: TestApp, id: string, query = ''): Promise<UploadRowDto[]> {
  const response = await app.call('GET', `/cohort-uploads/${id}/rows${query}`);
  if (response.status !== 200) throw new Error(response.text);
  return response.json<{ data: UploadRowDto[] }>().data;
}

/** The newest first. */
export async function uploadsOf(app: TestApp): Promise<UploadDto[]> {
  return (await app.call('GET', '/cohort-uploads?limit=1000')).json<{ data: UploadDto[] }>().data;
}

/** Rows that the engine has of uploads, whatever became of them. */
export async function stagedRows(app: TestApp): Promise<number> {
  const tables = ['upload_rows', 'upload_verdicts', 'upload_known'];
  const sql = `SELECT ${tables.map((table) => `(SELECT count() FROM ${table})`).join(' + ')} AS n`;
  const { rows } = await app.get(Engine).rows<{ n: number }>({ sql, params: {} });
  return rows[0]?.n ?? NaN;
}

export function codeOf(response: TestResponse): unknown[] {
  return [response.status, response.json<{ code?: string }>().code];
}
