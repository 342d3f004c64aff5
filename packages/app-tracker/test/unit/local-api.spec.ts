import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { tokenOf } from '../../src/local-api/token-file.js';
import { startNaiveDoor } from '../naive-door.js';
import { ServedTracker, TOKEN } from '../served-tracker.js';
import { CHECKPOINTS, step, type Step, TrackablesOracle } from '../trackables-oracle.js';

const DECLARATIONS = [
  ['/statistics', { name: 'statistic' }],
  ['/states', { name: 'state' }],
  ['/timers', { name: 'timer' }],
  ['/sequences', { name: 'sequence', checkpoints: CHECKPOINTS }],
] as const;

async function declared(served: ServedTracker): Promise<void> {
  for (const [path, body] of DECLARATIONS) expect((await served.call('POST', path, body)).status).toBeLessThan(300);
}

/** The path and the body of a step. */
function callOf([kind, value]: Step): readonly [path: string, body?: object] {
  if (kind === 'add') return ['/statistics/statistic/increment', { by: value }];
  if (kind === 'set') return ['/statistics/statistic/set', { value }];
  if (kind === 'state') return ['/states/state/set', { value }];
  if (kind === 'seconds') return ['/timers/timer/add', { seconds: value }];
  if (kind === 'reach') return ['/sequences/sequence/reach', { checkpoint: value }];
  if (kind === 'advance') return ['/sequences/sequence/advance-to', { checkpoint: value }];
  return [kind === 'removeLast' ? '/sequences/sequence/remove-last' : '/sequences/sequence/clear'];
}

async function figuresOf(served: ServedTracker): Promise<object> {
  const one = async (path: string) => (await served.call('GET', path)).json;
  const statistic = await one('/statistics/statistic');
  const { history } = await one('/statistics/statistic/history');
  const [state] = (await one('/states/')).data;
  const timer = await one('/timers/timer');
  const sequence = await one('/sequences/sequence');
  return {
    statistic: [statistic.value, statistic.changes, statistic.since_start, statistic.average],
    history: history.map(({ value }: { value: number }) => value),
    state: [state.value, state.changes],
    timer: [timer.total_seconds, timer.changes, timer.average_seconds],
    sequence: [sequence.reached, sequence.completions],
  };
}

let served: ServedTracker;

beforeEach(() => (served = new ServedTracker()));
afterEach(async () => served.end());

it('the local API says what a naive oracle says after any calls, also after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const here = new ServedTracker();
      const oracle = new TrackablesOracle();
      await here.start();
      try {
        await declared(here);
        for (const one of steps) {
          oracle.apply(one);
          if (one[0] === 'reopen') await here.restart();
          else expect((await here.call('PUT', ...callOf(one))).status).toBe(200);
          // Whether programs declare again after a restart or not.
          if (one[0] === 'reopen' && oracle.values.length % 2 === 0) await declared(here);
        }
        expect(await figuresOf(here)).toEqual(oracle.figures());
        expect(here.trackers.problems).toEqual([]);
      } finally {
        await here.end();
      }
    }),
    { numRuns: 25 },
  );
});

describe('the local API', () => {
  it('takes a new trackable, and tells where it is, what it is, and each of its attributes', async () => {
    await served.start();
    const made = await served.call('POST', '/statistics', { name: 'a/b %', value: 5, description: 'Starts' });
    const shown = { name: 'a/b %', description: 'Starts', value: 5, start_value: 0, since_start: 5, average: 5 };
    expect([made.status, made.json]).toEqual([201, { ...shown, changes: 1 }]);
    const path = String(made.headers['location']);
    expect(path).toBe('/statistics/a%2Fb%20%25');
    expect((await served.call('GET', path)).json).toEqual(made.json);
    expect((await served.call('GET', `${path}/value`)).json).toEqual({ value: 5 });
    expect((await served.call('PUT', `${path}/decrement`)).json).toMatchObject({ value: 4, changes: 2 });
    expect((await served.call('GET', '/statistics')).json.data.length).toBe(1);
    expect((await served.call('HEAD', path)).text).toBe('');
  });

  it('refuses a name that has been declared, and takes it again in the next run', async () => {
    await served.start();
    await served.call('POST', '/statistics', { name: 'runs', value: 5 });
    for (const path of ['/statistics', '/timers']) {
      const again = await served.call('POST', path, { name: 'runs' });
      expect([again.status, again.json.code, again.json.errors[0].pointer]).toEqual([409, 'conflict', '/name']);
    }
    await served.restart();
    const next = await served.call('POST', '/statistics', { name: 'runs', value: 7, description: 'Starts' });
    expect([next.status, next.json.value, next.json.description]).toEqual([200, 5, 'Starts']);
    expect((await served.call('POST', '/timers', { name: 'other', seconds: 3 })).json.total_seconds).toBe(3);
  });

  it('tells no state from a state of any name', async () => {
    await served.start();
    await served.call('POST', '/states', { name: 'units' });
    for (const value of ['null', 'No State', 'none', null, 'si', null]) {
      const { json } = await served.call('PUT', '/states/units/set', { value });
      expect(json.value).toBe(value);
      const cell = (await served.call('GET', '/figures.csv')).text.split('\r\n')[1];
      expect(cell).toBe(`units,State,${value ?? ''},`);
    }
    const empty = await served.call('PUT', '/states/units/set', { value: '' });
    expect([empty.status, empty.json.errors[0].pointer]).toEqual([422, '/value']);
    expect((await served.call('POST', '/states', { name: 'mode', value: 'dark' })).json).toMatchObject({
      value: 'dark',
      changes: 0,
    });
  });

  it('measures time', async () => {
    await served.start();
    await served.call('POST', '/timers', { name: 'task' });
    expect((await served.call('PUT', '/timers/task/stop')).json.stopped_seconds).toBeNull();
    await served.call('PUT', '/timers/task/start');
    expect((await served.call('PUT', '/timers/task/pause')).json).toMatchObject({ is_started: true, is_paused: true });
    await served.call('PUT', '/timers/task/resume');
    const { stopped_seconds: seconds, ...timer } = (await served.call('PUT', '/timers/task/stop')).json;
    expect([seconds > 0, timer.total_seconds, timer.is_started]).toEqual([true, seconds, false]);
  });

  it('makes a change once that is sent again with If-Match', async () => {
    await served.start();
    const { etag } = (await served.call('POST', '/statistics', { name: 'runs' })).headers;
    const headers = { 'if-match': String(etag) };
    const made = await served.call('PUT', '/statistics/runs/increment', {}, headers);
    const again = await served.call('PUT', '/statistics/runs/increment', {}, headers);
    expect([made.status, again.status, again.json.code]).toEqual([200, 412, 'precondition_failed']);
    const next = { 'if-match': `"x", ${String(made.headers['etag'])}` };
    expect((await served.call('PUT', '/statistics/runs/increment', {}, next)).json.value).toBe(2);
    expect((await served.call('PUT', '/statistics/runs/increment', {}, { 'if-match': '*' })).json.value).toBe(3);
  });

  it('uploads, allows and forbids uploads, and writes reports', async () => {
    const door = await startNaiveDoor();
    try {
      await served.start({ server: { url: door.url, key: 'muster_pk_x' } });
      await served.call('POST', '/statistics', { name: 'runs', value: 2 });
      expect((await served.call('POST', '/disable')).json).toMatchObject({ enabled: false, pending: 1 });
      expect((await served.call('POST', '/submit')).json).toEqual({ status: 'disabled', changes: 0 });
      await served.call('POST', '/enable', {});
      expect((await served.call('POST', '/submit')).json).toEqual({ status: 'accepted', changes: 1 });
      expect((await served.call('GET', '/')).json).toMatchObject({ enabled: true, pending: 0, submissions: 1 });
      expect(door.events.length).toBe(1);
      door.reply = () => ({ status: 401 });
      await served.call('PUT', '/statistics/runs/increment');
      expect((await served.call('POST', '/submit')).json).toMatchObject({
        status: 'failed',
        problem: { code: 'key_refused' },
      });
    } finally {
      await door.close();
    }
    const csv = await served.call('GET', '/figures.csv?order_by=name');
    expect([csv.headers['content-type'], csv.text]).toEqual([
      'text/csv; charset=utf-8',
      'Name,Type,Value,Description\r\nruns,Statistic,3,\r\n',
    ]);
    expect((await served.call('GET', '/report.csv?digits=2')).text).toContain('runs,,3,1.5');
  });

  it('answers after everything is on the disk, and tells what could not be written', async () => {
    await served.start({ maxTrackables: 1 });
    await served.call('POST', '/statistics', { name: 'runs' });
    const more = await served.call('POST', '/statistics', { name: 'more' });
    expect([more.status, more.json.code]).toEqual([422, 'limit_exceeded']);
    await served.trackers.closeAll();
    const late = await served.call('PUT', '/statistics/runs/increment');
    expect([late.status, late.json.code]).toEqual([503, 'closed']);
  });

  const BIG = { name: 'x'.repeat(20_000) };
  it.each([
    [404, 'not_found', 'GET', '/counters', undefined, {}],
    [404, 'not_found', 'GET', '/statistics/other', undefined, {}],
    [404, 'not_found', 'GET', '/statistics/runs/colour', undefined, {}],
    [404, 'not_found', 'GET', '/statistics/runs/constructor', undefined, {}],
    [404, 'not_found', 'GET', '/statistics/runs/value/more', undefined, {}],
    [404, 'not_found', 'PUT', '/statistics/other/increment', undefined, {}],
    [404, 'not_found', 'GET', '/submit/now', undefined, {}],
    [400, 'malformed_request', 'GET', '/statistics/%ff', undefined, {}],
    [405, 'method_not_allowed', 'DELETE', '/statistics/runs', undefined, {}],
    [405, 'method_not_allowed', 'GET', '/statistics/runs/increment', undefined, {}],
    [405, 'method_not_allowed', 'GET', '/disable', undefined, {}],
    [400, 'invalid_parameter order_by', 'GET', '/figures.csv?order_by=size', undefined, {}],
    [400, 'invalid_parameter digits', 'GET', '/report.csv?digits=0', undefined, {}],
    [400, 'malformed_body', 'POST', '/statistics', '{"name": ', {}],
    [400, 'malformed_body', 'POST', '/statistics', Buffer.from('{"name":"\xff"}', 'latin1'), {}],
    [400, 'malformed_body', 'POST', '/statistics', [], {}],
    [413, 'body_too_large', 'POST', '/statistics', BIG, {}],
    [415, 'unsupported_media_type', 'PUT', '/statistics/runs/set', { value: 1 }, { 'content-type': 'text/plain' }],
    [422, 'invalid_field /name', 'POST', '/statistics', {}, {}],
    [422, 'invalid_field /name', 'POST', '/statistics', { name: '..' }, {}],
    [422, 'invalid_field /name', 'POST', '/statistics', { name: '\ud800' }, {}],
    [422, 'invalid_field /description', 'POST', '/statistics', { name: 'a', description: 3 }, {}],
    [422, 'invalid_field /value', 'POST', '/statistics', { name: 'a', value: '3' }, {}],
    [422, 'unknown_field /by~1x', 'POST', '/statistics', { name: 'a', 'by/x': 3 }, {}],
    [422, 'invalid_field /value', 'PUT', '/statistics/runs/set', {}, {}],
    [422, 'invalid_field /value', 'PUT', '/statistics/runs/set', '{"value":1e999}', {}],
    [422, 'invalid_field /by', 'PUT', '/statistics/runs/increment', { by: null }, {}],
    [422, 'unknown_field /value', 'PUT', '/statistics/runs/increment', { value: 1 }, {}],
    [422, 'invalid_field /value', 'PUT', '/states/units/set', {}, {}],
    [422, 'invalid_field /value', 'POST', '/states', { name: 'a', value: '' }, {}],
    [422, 'invalid_field /seconds', 'PUT', '/timers/task/add', { seconds: -1 }, {}],
    [422, 'unknown_field /seconds', 'PUT', '/timers/task/start', { seconds: 1 }, {}],
    [422, 'invalid_field /checkpoints', 'POST', '/sequences', { name: 'a', checkpoints: 'a,b' }, {}],
    [422, 'invalid_field /checkpoints', 'POST', '/sequences', { name: 'a', checkpoints: [] }, {}],
    [422, 'invalid_field /checkpoint', 'PUT', '/sequences/save/reach', { checkpoint: 'edit' }, {}],
    [401, 'unauthenticated', 'GET', '/', undefined, { authorization: undefined }],
    [401, 'unauthenticated', 'GET', '/', undefined, { authorization: TOKEN }],
    [401, 'unauthenticated', 'GET', '/none', undefined, { authorization: `Bearer ${TOKEN}x` }],
    [421, 'misdirected_request', 'GET', '/', undefined, { host: 'evil.example' }],
    [421, 'misdirected_request', 'GET', '/', undefined, { host: '127.0.0.1.evil.example:4680' }],
    [421, 'misdirected_request', 'GET', '/', undefined, { host: 'localhost.' }],
    [403, 'forbidden', 'GET', '/', undefined, { origin: 'http://127.0.0.1' }],
    [403, 'forbidden', 'GET', '/', undefined, { origin: 'null' }],
    [403, 'forbidden', 'GET', '/', undefined, { 'sec-fetch-site': 'none' }],
  ])('answers %i %s to %s %s with %j %j', async (status, said, method, path, body, headers) => {
    await served.start();
    await served.call('POST', '/statistics', { name: 'runs' });
    await served.call('POST', '/states', { name: 'units' });
    await served.call('POST', '/timers', { name: 'task' });
    await served.call('POST', '/sequences', { name: 'save', checkpoints: ['open'] });
    const before = await served.call('GET', '/figures.csv');
    const answer = await served.call(method, path, body, headers);
    const { code, status: told, errors = [{}] } = answer.json;
    const place: string = errors[0].pointer ?? errors[0].parameter ?? '';
    expect([answer.status, told, `${code} ${place}`.trim()]).toEqual([status, status, said]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    // The connection goes on, and nothing has changed.
    expect(await served.call('GET', '/figures.csv')).toMatchObject({ status: 200, text: before.text });
  });

  it.each(['localhost:4680', '127.0.0.1', '[::1]:4680'])('is called by %s', async (host) => {
    await served.start();
    expect((await served.call('GET', '/', undefined, { host })).status).toBe(200);
  });

  it('has a token that its owner alone may read, and refuses any other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-token-'));
    try {
      const path = join(folder, 'token');
      const token = tokenOf(path);
      expect([token.length, statSync(path).mode & 0o777, tokenOf(path)]).toEqual([43, 0o600, token]);
      chmodSync(path, 0o640);
      expect(() => tokenOf(path)).toThrow('Others may read');
      writeFileSync(path, 'short\n');
      chmodSync(path, 0o600);
      expect(() => tokenOf(path)).toThrow('holds no token');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
