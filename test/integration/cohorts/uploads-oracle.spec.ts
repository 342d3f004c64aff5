import fc from 'fast-check';
import { memberSetHash } from '../../support/member-set-hash.js';
import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import type { UploadDto, UploadRowDto } from '../../../src/cohorts/uploads/upload.dto.js';
import type { ValidationMode } from '../../../src/core/upload/upload-row.js';
import { send } from '../../support/ingest.js';
import { naiveUpload } from '../../support/oracle/upload.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const RUNS = Number(process.env['MUSTER_TEST_UPLOADS'] ?? 40);
const KNOWN = ['ann', 'bob', 'ä', '=1+1', ' cem', '😀', '"q"', 'a,b', 'line\nbreak', 'later'];

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  const users = KNOWN.slice(0, 5).map((user) => ({ user }));
  await send(app, 'users', ...users);
  const events = KNOWN.slice(5, -1).map((user) => ({ user, event: 'seen', time: '2020-01-01T00:00:00Z' }));
  await send(app, 'events', ...events);
  // An event in the future has not been seen yet: its user is not known before it.
  const tomorrow = new Date(Date.now() + 23 * 3_600_000).toISOString();
  await send(app, 'events', { user: 'later', event: 'seen', time: tomorrow });
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const SEEN = new Set(KNOWN.slice(0, -1));

const cell = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'x'.repeat(256), 'y'.repeat(257), 'é'.repeat(128), 'é'.repeat(129), 'a\0b'),
  },
);
const item = fc.oneof(
  { weight: 9, arbitrary: cell },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(7, null, true, ['ann'], '\ud800', 'z\udfff') },
);
const mode = fc.constantFrom<ValidationMode>('strict', 'lenient');
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

interface Sent {
  readonly type: string;
  readonly body: string;
  readonly query?: string;
  readonly cells: readonly unknown[];
  readonly firstRow?: number;
}

const json = fc.array(item, { minLength: 1, maxLength: 30 }).map((cells): Sent => {
  const items = cells.map((value, i) => (i % 3 === 1 && typeof value !== 'object' ? { user: value, more: i } : value));
  const body = JSON.stringify(cells.length % 2 === 0 ? { members: items } : items);
  return { type: 'application/json', body, cells };
});

const ndjson = fc.tuple(fc.array(item, { minLength: 1, maxLength: 30 }), fc.boolean()).map(([cells, ends]): Sent => {
  const lines = cells.map((value, i) => (value === '' ? '' : JSON.stringify(i % 3 === 1 ? { user: value } : value)));
  // The last line is none where it is blank.
  const body = lines.join('\n') + (ends || lines.at(-1) === '' ? '\n' : '');
  return { type: 'application/x-ndjson', body, cells: cells.map((value) => value ?? null) };
});

const csv = fc
  .tuple(fc.array(fc.tuple(cell, lineEnd), { minLength: 1, maxLength: 30 }), fc.boolean(), fc.boolean())
  .map(([rows, hasHeader, hasMark]): Sent => {
    const quoted = (text: string): string =>
      /[",\r\n]/.test(text) || text.startsWith('\ufeff') ? `"${text.replaceAll('"', '""')}"` : text;
    const lines = rows.map(([text, end]) => `x,${quoted(text)}${end}`);
    const body = `${hasMark ? '\ufeff' : ''}${hasHeader ? 'city,user\r\n' : ''}${lines.join('')}`;
    const query = `&column=${hasHeader ? 'user' : '2'}&header=${hasHeader ? 'auto' : 'absent'}`;
    return { type: 'text/csv', body, query, cells: rows.map(([text]) => text), firstRow: hasHeader ? 2 : 1 };
  });

const text = fc
  .array(fc.tuple(cell, fc.constantFrom('\n', '\r\n', ',', ' ; ', '\t', ', ')), { minLength: 1, maxLength: 30 })
  .map((words): Sent => {
    const cells = words.map(([word]) => word.replaceAll(/[,;\t\r\n]/g, '_').replaceAll(/^ +| +$/g, ''));
    // A return would be one line's end with the line feed that comes next.
    const body = cells.map((word, i) => `${i % 2 === 0 ? ' ' : ''}${word}${words[i]?.[1] ?? '\n'}`).join('');
    return { type: 'text/plain', body: `\ufeff${body}`, cells };
  });

it('says of every row what naive reading says, in every form, and makes the cohort that a list of the same users makes', async () => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(json, ndjson, csv, text), mode, async (sent, validate) => {
      const naive = naiveUpload(sent.cells, SEEN, validate, sent.firstRow);
      const path = `/cohort-uploads?name=n${(number += 1)}&validate=${validate}&wait=30${sent.query ?? ''}`;
      const response = await app.call('POST', path, Buffer.from(sent.body), { 'content-type': sent.type });
      expect([response.status, response.text]).toEqual([202, expect.anything()]);
      const { id, status: state, validation } = response.json<UploadDto>();
      expect(state).toBe('validated');
      const count = (name: string): number => naive.rows.filter((row) => row.status === name).length;
      expect(validation?.counts).toEqual({
        rows: sent.cells.length,
        valid: count('valid'),
        unknown: count('unknown'),
        duplicate: count('duplicate'),
        invalid: count('invalid'),
        blank: count('blank'),
      });
      const rows = (await app.call('GET', `/cohort-uploads/${id}/rows`)).json<{ data: UploadRowDto[] }>().data;
      expect(rows.map(({ row, status, reason, first_row }) => ({ row, status, reason, first_row }))).toEqual(
        naive.rows,
      );
      const finish = await app.call('POST', `/cohort-uploads/${id}/finish`, { members: 'valid' });
      if (naive.members.length === 0) expect(finish.status).toBe(409);
      else
        expect(finish.json<CohortDto>()).toMatchObject({
          size: naive.members.length,
          hash: memberSetHash(naive.members).hash,
        });
      expect((await app.call('DELETE', `/cohort-uploads/${id}`)).status).toBe(204);
    }),
    { numRuns: RUNS },
  );
}, 600_000);
