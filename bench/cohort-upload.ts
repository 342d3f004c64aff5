import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { enginePidOf, makeFolder, memoryOf, removeFolder, startProgram, type Program } from './running-program.js';

// A list of MUSTER_BENCH_ROWS users (default 1,000,000) as CSV, NDJSON, JSON and text: sent, validated beside half as
// many users who are known, finished, and all its rows downloaded: seconds, and how far the memory of the program and
// of the engine rises above what they held before. Of the rows one in twenty repeats another.

const ROWS = Number(process.env['MUSTER_BENCH_ROWS'] ?? 1_000_000);
const CHUNK = 1000;
const IDLE_MS = 2_000;

interface Upload {
  readonly id: string;
  readonly status: string;
  readonly validation: { readonly counts: object; readonly members: number } | null;
}

interface Form {
  readonly type: string;
  readonly line: (user: string) => string;
  /** What stands before, between and after the lines. */
  readonly around?: readonly [start: string, between: string, end: string];
}

const ndjson: Form = { type: 'application/x-ndjson', line: (user) => `{"user":"${user}"}\n` };
const FORMS: Readonly<Record<string, Form>> = {
  csv: { type: 'text/csv', line: (user) => `${user},Ulm,1997-01-01\n` },
  ndjson,
  json: { type: 'application/json', line: (user) => `"${user}"`, around: ['{"members":[', ',', ']}'] },
  text: { type: 'text/plain', line: (user) => `${user}\n` },
};

const folder = makeFolder();

try {
  const program = await startProgram(join(folder, 'data'));
  await seed(program);
  for (const [name, form] of Object.entries(FORMS)) await round(program, name, form);
  await program.stop();
} finally {
  removeFolder(folder);
}
process.exit(0);

async function round(program: Program, name: string, form: Form): Promise<void> {
  await sleep(IDLE_MS);
  const path = `/cohort-uploads?name=${name}&validate=lenient`;
  const { id } = await measure(program, `${name}: sent`, async () => {
    return (await (await call(program, path, form.type, body(ROWS, userOf, form))).json()) as Upload;
  });
  const validated = await measure(program, `${name}: validated`, async () => {
    for (;;) {
      const upload = (await (await call(program, `/cohort-uploads/${id}?wait=60`)).json()) as Upload;
      if (upload.status === 'validated') return upload;
      if (upload.status === 'failed') throw new Error(JSON.stringify(upload));
    }
  });
  console.log(JSON.stringify(validated.validation));
  await measure(program, `${name}: finished`, () =>
    call(program, `/cohort-uploads/${id}/finish`, 'application/json', Readable.from(['{"members":"valid"}'])),
  );
  await measure(program, `${name}: rows as CSV`, async () => {
    const rows = await call(program, `/cohort-uploads/${id}/rows?format=csv`);
    for await (const _ of rows.body ?? []) continue;
  });
}

/** Every second user is known. */
function seed(program: Program): Promise<Response> {
  const users = body(ROWS / 2, (i) => `user-${String(2 * i).padStart(8, '0')}`, ndjson);
  return call(program, '/users', ndjson.type, users);
}

/** In no order of the ids, each twentieth of them again. */
function userOf(i: number): string {
  const number = i % 20 === 19 ? i - 19 : (i * 7919) % ROWS;
  return `user-${String(number).padStart(8, '0')}`;
}

function body(count: number, user: (i: number) => string, { line, around }: Form): Readable {
  const [start, between, end] = around ?? ['', '', ''];
  function* chunks(): Generator<Buffer> {
    for (let i = 0; i < count; i += CHUNK) {
      const size = Math.min(CHUNK, count - i);
      const lines = Array.from({ length: size }, (_, k) => line(user(i + k))).join(between);
      yield Buffer.from((i === 0 ? start : between) + lines);
    }
    yield Buffer.from(end);
  }
  return Readable.from(chunks());
}

async function call({ url, apiKey }: Program, path: string, type?: string, content?: Readable): Promise<Response> {
  const response = await fetch(`${url}/v1/properties/default${path}`, {
    headers: { authorization: `Bearer ${apiKey}`, ...(type && { 'content-type': type }) },
    ...(content && { method: 'POST', body: Readable.toWeb(content) as ReadableStream, duplex: 'half' as const }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response;
}

async function measure<T>(program: Program, what: string, work: () => Promise<T>): Promise<T> {
  const pids = [program.process.pid ?? 0, enginePidOf(program)];
  const now = (): number[] => pids.map((pid) => memoryOf(pid).residentMb);
  const before = now();
  let highest = before;
  const timer = setInterval(() => (highest = now().map((mb, i) => Math.max(mb, highest[i] ?? 0))), 10);
  const start = performance.now();
  const result = await work();
  const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
  clearInterval(timer);
  const above = (i: number): number => (highest[i] ?? 0) - (before[i] ?? 0);
  const figures = { seconds, program_above_mb: above(0), engine_above_mb: above(1), peak_mb: highest };
  console.log(`${what}: ${JSON.stringify(figures)}`);
  return result;
}
