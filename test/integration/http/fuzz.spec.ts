import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc, { type Arbitrary } from 'fast-check';
import { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import { hashSecret } from '../../../src/access/hash-secret.js';
import { newToken } from '../../../src/access/session-cookie.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { SessionEntity } from '../../../src/accounts/sessions/session.entity.js';
import { callHttp } from '../../support/call-http.js';
import { callsOf, encoded, operationsOf, type Call, type Document, type Operation } from '../../support/fuzz/calls.js';
import { nastyText } from '../../support/fuzz/schema-values.js';
import { Wire, type Reply } from '../../support/fuzz/send-call.js';
import { insertKey } from '../../support/keys.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { pathOf } from '../access/routes.js';
import { makePlace, type Place } from '../access/strangers.js';

/** Calls in all. A failure prints its seed: given as `SEED`, the same calls are sent. */
const CALLS = Number(process.env['FUZZ_CALLS'] ?? 600);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
/** Sent at once. */
const AT_ONCE = 8;
/** Calls after which there are new things in place of those that were deleted. */
const NEW_THINGS = 2000;
/** Of the heap after the first tenth of many calls. */
const GROWTH_MB = 60;
const MEBIBYTE = 2 ** 20;

let stores: TestStores;
let app: TestApp;
let wire: Wire;
let operations: readonly Operation[];

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  wire = new Wire(app.url);
  await app.get(DataSource).manager.insert(AccountEntity, { id: 'acc_foreign', name: 'Foreign' });
  const document = (await callHttp(app.url, 'GET', '/openapi.json')).json<Document>();
  operations = operationsOf(document, await seedsOf());
});

afterAll(async () => {
  wire?.close();
  await app?.stop();
  await stores?.stop();
});

/** The examples of the metrics. */
async function seedsOf(): Promise<Record<string, readonly unknown[]>> {
  const headers = { authorization: `Bearer ${app.adminKey}` };
  const listed = (await callHttp(app.url, 'GET', '/v1/metrics', { headers })).json<{
    data: { example: { request: unknown; events: unknown } }[];
  }>();
  const examples = listed.data.map(({ example }) => example);
  return {
    MetricRequest: examples.map(({ request }) => request),
    Event: examples.map(({ events }) => events),
    CollectBody: await collectBodies(),
  };
}

/** Bodies that come in by a public key: the fuzz changes them behind it. */
async function collectBodies(): Promise<readonly object[]> {
  const database = app.get(DataSource);
  const [{ account_id: accountId, id }]: [{ account_id: string; id: string }] = await database.query(
    "SELECT account_id, id FROM properties WHERE slug = 'default'",
  );
  const { secret: key } = await insertKey(database, { accountId, kind: 'public', properties: [id], origins: [] });
  const event = { event: '$page', time: new Date().toISOString(), id: '1', visitor: 'v', session: 's', user: 'u' };
  const order = { ...event, event: '$order', properties: { order: 7, $url: 'https://x.org/?a=1#b' }, traits: null };
  const signup = { ...event, event: '$signup', traits: { a: 1 }, registered_at: event.time };
  const context = {
    entry: { url: 'https://x.org/?utm_source=a', referrer: null },
    application: { name: 'a' },
    consent: false,
  };
  return [
    { key, sent_at: event.time, events: [event, order, signup] },
    { key, context, events: [{ ...event, visitor: null, session: null }] },
  ];
}

/** What calls are made with, and about. */
interface World {
  readonly own: Place;
  /** Of the same account: what ends a property ends this one. */
  readonly victim: Place;
  readonly foreign: Place;
  readonly byKey: Readonly<Record<string, string>>;
  /** Of a member whom no call names; it is ended, and begun anew. */
  bySession: Readonly<Record<string, string>>;
}

async function makeWorld(round: number): Promise<World> {
  const database = app.get(DataSource);
  const [{ id: accountId }] = (await database.manager.find(AccountEntity, { order: { createdAt: 'ASC' } })) as [
    AccountEntity,
  ];
  const own = await makePlace(app, accountId, `own${round}`);
  const { secret } = await insertKey(database, { accountId });
  return {
    own,
    victim: await makePlace(app, accountId, `victim${round}`),
    foreign: await makePlace(app, 'acc_foreign', `foreign${round}`),
    byKey: { authorization: `Bearer ${secret}` },
    bySession: await newSession(accountId, `per_victim${round}`),
  };
}

async function newSession(accountId: string, personId: string): Promise<Record<string, string>> {
  const token = newToken();
  const [id, tokenHash] = [typeid('ses').toString(), hashSecret(token)];
  const endsAt = new Date(Date.now() + 86_400_000);
  const row = { id, tokenHash, personId, accountId, network: null, agent: '', endsAt };
  await app.get(DataSource).manager.insert(SessionEntity, row);
  return { cookie: `muster_session=${token}`, 'sec-fetch-site': 'same-origin' };
}

const ENDS_A_PROPERTY: ReadonlySet<string> = new Set([
  'DELETE /v1/properties/{property}',
  'POST /v1/properties/{property}/archive',
]);

function pathsIn({ own, victim, foreign }: World) {
  return (operation: Operation): Arbitrary<{ path: string; isOfOperation: boolean }> => {
    const { method, path } = operation;
    const mine = ENDS_A_PROPERTY.has(`${method} ${path}`) ? victim : own;
    const right = fc
      .tuple(fc.constantFrom(mine.propertyId, mine.slug), fc.constantFrom(mine, mine, mine, foreign))
      .map(([property, things]) => ({ path: pathOf(operation, property, things), isOfOperation: true }));
    const odd = fc.oneof(
      nastyText.map(encoded),
      fc.constantFrom('..', '.', '%', '%zz', '%00', '%2e%2e', '%2f', 'a;b', ''),
    );
    const wrong = fc.infiniteStream(odd).map((texts) => ({
      path: path.replaceAll(/\{\w+\}/g, (name) =>
        name === '{property}' && Math.abs(texts.next().value.length) % 3 > 0 ? mine.slug : texts.next().value,
      ),
      isOfOperation: false,
    }));
    return path.includes('{') ? fc.oneof({ weight: 3, arbitrary: right }, wrong) : right;
  };
}

/** Headers that are too long are refused before the route is known, and so is a body where none is taken. */
function isDocumented({ operation, body }: Call, status: number): boolean {
  const ofUnaskedBody = operation.body === null && body !== null && [413, 415, 422].includes(status);
  return operation.statuses.has(status) || status === 431 || ofUnaskedBody;
}

/** What is wrong with an answer; null: nothing. */
function wrongIn(call: Call, { status, type, text }: Reply): string | null {
  // The providers of this world cannot be reached, and are said to be so.
  if (status === 503 && text.includes('"provider_unavailable"')) return null;
  if (status >= 500) return `status ${status}`;
  if (call.isOfOperation && !isDocumented(call, status)) return `status ${status} is not in the document`;
  if (/node_modules|QueryFailedError|\bat .*\.[jt]s:\d+/.test(text)) return 'tells of the program';
  if (status < 400) return null;
  if (!type.startsWith('application/problem+json')) return `a refusal as "${type}"`;
  const problem = JSON.parse(text) as { code?: unknown; status?: unknown };
  return typeof problem.code === 'string' && problem.status === status ? null : 'a problem without its code';
}

function usedHeapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / MEBIBYTE;
}

/** Errors of Node are none of this realm's. */
function isReply(reply: Reply | Error): reply is Reply {
  return 'status' in reply;
}

/** Calls by what came, and what should not have come. */
class Tally {
  readonly wrong = new Map<string, string>();
  readonly statuses = new Map<number, number>();
  worstMs = 0;
  worst = '';

  note(call: Call, reply: Reply | Error): void {
    const { method, path: route } = call.operation;
    if (!isReply(reply)) {
      // What is watched may be deleted: its stream has begun, and is cut.
      return route.endsWith('/events') && reply.message === 'aborted' ? undefined : this.add(call, reply.message, '');
    }
    this.statuses.set(reply.status, (this.statuses.get(reply.status) ?? 0) + 1);
    if (reply.ms > this.worstMs) [this.worstMs, this.worst] = [reply.ms, `${method} ${route} ${reply.status}`];
    const wrong = wrongIn(call, reply);
    if (wrong !== null) this.add(call, wrong, reply.text);
  }

  private add({ operation: { method, path: route }, path, headers, body }: Call, wrong: string, text: string): void {
    const key = `${method} ${route}: ${wrong}`;
    const sent = [path, JSON.stringify(headers), body?.toString('latin1').slice(0, 1000) ?? '', text.slice(0, 500)];
    if (!this.wrong.has(key)) this.wrong.set(key, sent.join('\n    '));
  }
}

/** By a session nobody would be left who calls. */
const LEAVES = /^\/v1\/account\/members\/me\b/;

type Caller = 'byKey' | 'bySession' | null;

async function sendAll(waiting: Iterable<[Call, Caller]>, world: World, tally: Tally): Promise<void> {
  for (const [call, by] of waiting) {
    const caller = by === 'bySession' && LEAVES.test(call.path) ? 'byKey' : by;
    const reply = await wire.send(call, caller === null ? {} : world[caller]).catch((error: unknown) => error as Error);
    tally.note(call, reply);
    const isOver = by === 'bySession' && isReply(reply) && reply.status === 401;
    if (isOver) world.bySession = await newSession(world.own.accountId, `per_${world.victim.slug}`);
  }
}

it(
  'answers calls that are made of its document, right and wrong, and never fails, hangs or grows',
  async () => {
    const tally = new Tally();
    const rounds = Math.ceil(CALLS / NEW_THINGS);
    let [sent, heapMb, grownMb] = [0, 0, 0];
    for (let round = 0; round < rounds; round += 1) {
      const world = await makeWorld(round);
      const calls = fc.oneof(
        ...operations.map((operation) => ({
          weight: operation.body === null ? 1 : 3,
          arbitrary: callsOf(operation, pathsIn(world)),
        })),
      );
      const one = fc.tuple(calls, fc.constantFrom('byKey', 'byKey', 'byKey', 'bySession', 'bySession', null));
      const numRuns = Math.min(NEW_THINGS, CALLS - sent);
      const waiting = fc.sample(one, { numRuns, seed: SEED + round }).values();
      await Promise.all(Array.from({ length: AT_ONCE }, () => sendAll(waiting, world, tally)));
      sent += numRuns;
      if (round === Math.floor(rounds / 10)) heapMb = usedHeapMb();
    }
    if (rounds > 10) grownMb = usedHeapMb() - heapMb;
    const statuses = [...tally.statuses].toSorted(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
    const found = `fuzz: seed ${SEED}, ${sent} calls of ${operations.length} operations; worst ${Math.round(tally.worstMs)} ms (${tally.worst}); heap +${Math.round(grownMb)} MB\n  ${statuses.join('  ')}\n`;
    process.stdout.write(found);
    expect([...tally.wrong].map(([key, call]) => `${key}\n    ${call}`)).toEqual([]);
    expect(grownMb).toBeLessThan(GROWTH_MB);
  },
  60_000 + CALLS * 40,
);
