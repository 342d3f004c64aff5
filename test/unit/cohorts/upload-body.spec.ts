import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { storeInBatches } from '../../../src/bodies/batches.js';
import { UploadBody } from '../../../src/cohorts/uploads/upload-body.js';
import type { UploadQuery } from '../../../src/cohorts/uploads/upload-queries.dto.js';
import { UploadRows } from '../../../src/cohorts/uploads/upload-rows.js';
import { UploadBatch } from '../../../src/stores/clickhouse/upload-batch.js';

const BOUNDS = { limitBytes: 10_000_000, stop: new AbortController().signal };

function bodyOf(type: string, bytes: Buffer, pieceBytes: number, query: Partial<UploadQuery> = {}, gzip = false) {
  function* pieces(): Generator<Buffer> {
    const sent = gzip ? gzipSync(bytes) : bytes;
    for (let at = 0; at < sent.length; at += pieceBytes) yield sent.subarray(at, at + pieceBytes);
  }
  const body = Readable.from(pieces(), { objectMode: false });
  const headers = { 'content-type': type, ...(gzip && { 'content-encoding': 'gzip' }) };
  return UploadBody.of({ url: '/uploads', headers, body }, { validate: 'strict', ...query });
}

/** The rows in the engine's form. */
async function rowsOf(body: UploadBody): Promise<Buffer> {
  const rows = new UploadRows(1_000);
  let stored = Buffer.alloc(0);
  await storeInBatches(body.pieces(BOUNDS), body.splitter(rows), rows, (batch) => {
    stored = Buffer.concat([stored, batch.bytes()]);
    return Promise.resolve();
  });
  return stored;
}

function expected(write: (batch: UploadBatch) => void): Buffer {
  const batch = new UploadBatch();
  write(batch);
  return batch.bytes();
}

const codeOf = (work: () => unknown) =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'none',
      (error: { code?: string }) => error.code,
    );

describe('the body of an upload', () => {
  const ids = ['é😀', 'b', '7'];
  const three = expected((batch) => ids.forEach((id, at) => batch.take(at + 1, id)));
  const threeBelowHeader = expected((batch) => ids.forEach((id, at) => batch.take(at + 2, id)));

  it.each([1, 2, 3, 5, 65_536])('is the same list in every form, cut every %i bytes', async (pieceBytes) => {
    const rows = (type: string, text: string | Buffer, query: Partial<UploadQuery> = {}, gzip = false) =>
      rowsOf(bodyOf(type, Buffer.from(text), pieceBytes, query, gzip));
    expect(await rows('application/json', JSON.stringify(ids))).toEqual(three);
    expect(await rows('application/json', JSON.stringify({ members: ids.map((user) => ({ user })) }))).toEqual(three);
    expect(await rows('application/x-ndjson', ids.map((id) => JSON.stringify(id)).join('\n'))).toEqual(three);
    expect(await rows('text/plain', ` ${ids.join(' ,')}\r\n`)).toEqual(three);
    expect(await rows('text/csv', `user,n\n${ids.map((id) => `${id},1`).join('\r\n')}`)).toEqual(threeBelowHeader);
    expect(
      await rows('text/csv', `n;"user"\n${ids.map((id) => `1;"${id}"`).join('\n')}`, { delimiter: 'semicolon' }),
    ).toEqual(threeBelowHeader);
    expect(await rows('text/csv', Buffer.from(`\ufeff${ids.join('\n')}`, 'utf16le'), { encoding: 'utf-16le' })).toEqual(
      three,
    );
    expect(await rows('text/plain', `\ufeff${ids.join('\n')}`, {}, true)).toEqual(three);
  });

  it('keeps a row for what names nobody', async () => {
    const text = '{"user":"a"}\n\n[1]\n{"user":12345678901234567890}\nbad\n{}';
    const rows = await rowsOf(bodyOf('application/x-ndjson', Buffer.from(text), 7));
    expect(rows).toEqual(
      expected((batch) => {
        batch.take(1, 'a');
        batch.refuse(2, 'blank', '');
        batch.refuse(3, 'not_a_text', '[1]');
        batch.refuse(4, 'not_a_text', '{"user":12345678901234567890}');
        batch.refuse(5, 'malformed_json', 'bad');
        batch.refuse(6, 'missing_user', '{}');
      }),
    );
  });

  it('takes parameters of CSV with CSV alone', async () => {
    const json = Buffer.from('[]');
    expect(await codeOf(() => bodyOf('application/json', json, 9, { column: 'user' }))).toBe('invalid_parameter');
    expect(await codeOf(() => bodyOf('text/plain', json, 9, { escape: 'none' }))).toBe('invalid_parameter');
    expect(await codeOf(() => bodyOf('text/csv', json, 9, { column: 'user', escape: 'none' }))).toBe('none');
  });

  it('has one fingerprint, whether its rows are read or not', async () => {
    const bytes = Buffer.from('a\nb\n');
    const read = bodyOf('text/plain', bytes, 1);
    await rowsOf(read);
    expect(read.readFingerprint()).toBe(await bodyOf('text/plain', bytes, 4).fingerprint(BOUNDS));
  });

  it.each([
    ['text/csv', `user\n"${'x'.repeat(1_100_000)}`],
    ['text/csv', `user\n${'x'.repeat(1_100_000)}`],
    ['text/plain', 'x'.repeat(1_200_000)],
    ['application/x-ndjson', `"${'x'.repeat(1_100_000)}"\n`],
  ])('refuses a row that is too long: %s', async (type, text) => {
    expect(await codeOf(() => rowsOf(bodyOf(type, Buffer.from(text), 65_536)))).toBe('body_too_large');
  });
});
