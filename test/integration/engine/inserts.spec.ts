import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Failure } from '../../../src/core/failure.js';
import { until } from '../../support/until.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';

const INSERT_LINES = `INSERT INTO lines (n, line) SELECT toUInt32(substring(l, 1, 7)), substring(l, 8)
  FROM input('l String') SETTINGS max_insert_threads = 1 FORMAT LineAsString`;

describe('inserts', () => {
  let test: TestEngine;
  beforeAll(async () => (test = await startTestEngine({ migrate: false })));
  afterAll(() => test.stop());
  beforeEach(() => run('CREATE OR REPLACE TABLE lines (n UInt32, line String) ENGINE = MergeTree ORDER BY n'));

  const run = (sql: string) => test.engine.execute({ sql, params: {} });
  const rows = async (sql: string) => (await test.engine.rows({ sql, params: {} })).rows;
  const insertLines = (lines: Buffer | Readable) => test.engine.insertLines({ sql: INSERT_LINES, params: {} }, lines);
  const spooled = () => readdir(join(test.folder, 'spool'));

  it('takes lines from a buffer, with or without the last line end', async () => {
    await insertLines(Buffer.from('0000000{"a":"é"}\n0000001two\n'));
    await insertLines(Buffer.from('0000002three'));
    await insertLines(Buffer.alloc(0));
    expect(await rows('SELECT * FROM lines ORDER BY n')).toEqual([
      { n: 0, line: '{"a":"é"}' },
      { n: 1, line: 'two' },
      { n: 2, line: 'three' },
    ]);
    expect(await spooled()).toEqual([]);
  });

  it('takes any bytes as they are, characters cut apart by chunks too', async () => {
    const line = 'aé漢🎉'.repeat(50);
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => `${String(i).padStart(7, '0')}${line}\n`).join(''));
    const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7));
    await insertLines(Readable.from(chunks));
    await insertLines(Buffer.concat([Buffer.from('0000200'), Buffer.from([0xff, 0x00, 0xfe]), Buffer.from('\r\n')]));
    expect(await rows(`SELECT count() AS n, countIf(line = '${line}') AS same FROM lines`)).toEqual([
      { n: 201, same: 200 },
    ]);
    expect(await rows('SELECT hex(line) AS h FROM lines WHERE n = 200')).toEqual([{ h: 'FF00FE0D' }]);
  });

  it('takes 300,000 lines', async () => {
    const block = Buffer.from(
      Array.from({ length: 1000 }, (_, i) => `${String(i).padStart(7, '0')}${'x'.repeat(100)}\n`).join(''),
    );
    await insertLines(Readable.from(Array.from({ length: 300 }, () => block)));
    expect(await rows('SELECT count() AS c, uniqExact(n) AS u, sum(length(line)) AS l FROM lines')).toEqual([
      { c: 300_000, u: 1000, l: 30_000_000 },
    ]);
    expect(await spooled()).toEqual([]);
  });

  it('inserts nothing of a body that breaks off, and throws its error', async () => {
    const tooLarge = new Failure('body_too_large');
    const breaking = async function* () {
      yield Buffer.from('0000001one\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw tooLarge;
    };
    await expect(insertLines(Readable.from(breaking()))).rejects.toBe(tooLarge);
    await until(async () => (await spooled()).length === 0);
    expect(await rows('SELECT count() AS n FROM lines')).toEqual([{ n: 0 }]);
  });

  it('throws what the engine says of a line', async () => {
    await expect(insertLines(Buffer.from('not a number\n'))).rejects.toMatchObject({ code: 'internal_error' });
    expect(await spooled()).toEqual([]);
  });

  it('takes objects from an array and from a stream of them', async () => {
    await test.engine.insertRows('lines', [{ n: 1, line: "it's é\n" }, { n: 2 }]);
    await test.engine.insertRows('lines', []);
    await test.engine.insertRows(
      'lines (n)',
      (async function* () {
        for (let n = 10; n < 20_010; n++) yield { n };
      })(),
    );
    expect(await rows('SELECT line FROM lines WHERE n < 3 ORDER BY n')).toEqual([{ line: "it's é\n" }, { line: '' }]);
    expect(await rows('SELECT count() AS c, max(n) AS m FROM lines')).toEqual([{ c: 20_002, m: 20_009 }]);
  });

  it('fills columns that are not given by their defaults', async () => {
    await run("CREATE TABLE filled (a UInt8, d String DEFAULT 'd', m UInt8 MATERIALIZED a + 1) ENGINE = Memory");
    await test.engine.insertRows('filled', [{ a: 1 }]);
    expect(await rows('SELECT a, d, m FROM filled')).toEqual([{ a: 1, d: 'd', m: 2 }]);
  });

  it('reads and writes gzip', async () => {
    const query = encodeURIComponent('INSERT INTO lines FORMAT CSV');
    const inserted = await send(`/?query=${query}`, { 'content-encoding': 'gzip' }, gzipSync('1,"a,b"\n2,c\n'));
    expect(inserted).toMatchObject({ status: 200 });
    const select = Buffer.from('SELECT * FROM lines ORDER BY n FORMAT CSV');
    const { headers, body } = await send('/?enable_http_compression=1', { 'accept-encoding': 'gzip' }, select);
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).toString()).toBe('1,"a,b"\n2,"c"\n');
  });

  it('takes data that stands in the query', async () => {
    await run("INSERT INTO lines VALUES (1, 'a;b'), (2, 'c')");
    const { status } = await send('/', {}, Buffer.from('INSERT INTO lines FORMAT JSONEachRow {"n":3,"line":"x;y"}'));
    expect(status).toBe(200);
    expect(await rows('SELECT line FROM lines ORDER BY n')).toEqual([{ line: 'a;b' }, { line: 'c' }, { line: 'x;y' }]);
  });

  it('refuses a body that is not the gzip it says', async () => {
    const path = `/?query=${encodeURIComponent('INSERT INTO lines FORMAT CSV')}`;
    expect((await send(path, { 'content-encoding': 'gzip' }, Buffer.from('plain'))).status).toBe(500);
    expect(await spooled()).toEqual([]);
  });

  it('answers errors with the number and the status of ClickHouse', async () => {
    const unknown = await send('/', {}, Buffer.from('SELECT * FROM nowhere'));
    expect(unknown).toMatchObject({ status: 404, headers: { 'x-clickhouse-exception-code': '60' } });
    expect(unknown.body.toString()).toMatch(/^Code: 60\. DB::Exception: /);
    expect((await send('/?a%20b=1', {}, Buffer.from('SELECT 1'))).headers['x-clickhouse-exception-code']).toBe('36');
  });

  interface Answer {
    readonly status: number | undefined;
    readonly headers: Record<string, string | string[] | undefined>;
    readonly body: Buffer;
  }

  function send(path: string, headers: Record<string, string>, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: test.url.slice('unix:'.length), path, method: 'POST', headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
});
