import { DataSource } from 'typeorm';
import { GRANTS, type Grant } from '../../../src/core/access/grants.js';
import { ROLES } from '../../../src/core/access/roles.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { callAt, newMember, SAME_SITE, type Headers } from './signed-in.js';
import { pathOf, routesOf, type Route } from './routes.js';
import { allBut, call, deadKeys, makeWorld, OF_ACCOUNT, ROLE_TABLE, type World } from './strangers.js';

// Every route of the document by every kind of caller and every kind of id. A call that may be made ends at a query
// parameter that no route has: it has passed the guard and does nothing.

let stores: TestStores;
let app: TestApp;
let world: World;
let all: readonly Route[];
/** Those that need grants. */
let routes: readonly Route[];
const counts = new Map<string, number>();

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  world = await makeWorld(app);
  all = await routesOf(app.url);
  routes = all.filter(({ where }) => where !== 'session' && where !== 'page' && where !== 'nobody');
});

afterAll(async () => {
  const lines = [...counts].map(([kind, count]) => `${String(count).padStart(6)}  ${kind}`);
  const sum = [...counts.values()].reduce((a, b) => a + b, 0);
  process.stdout.write(`route by stranger: ${sum} calls of ${all.length} routes\n${lines.join('\n')}\n`);
  await app?.stop();
  await stores?.stop();
});

/** What of an answer tells a refusal. */
type Outcome = readonly [status: number, code: string, missing?: string];

function outcomeOf({ status, text }: TestResponse): Outcome {
  const { code, missing_grant: missing } = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
  return missing === undefined ? [status, code ?? ''] : [status, code ?? '', missing];
}

const PASSED: Outcome = [400, 'invalid_parameter'];
const UNKNOWN: Outcome = [404, 'not_found'];

async function outcome(route: Route, key: string | null, property: string, headers: Headers): Promise<Outcome> {
  const path = pathOf(route, property, world.own);
  return outcomeOf(await call(app, route.method, `${path}?no_route_has_it=1`, key, undefined, headers));
}

/** Calls every route, and holds what comes to what `expected` says. */
async function hold(
  kind: string,
  key: string | null,
  expected: (route: Route) => Outcome,
  chosen: readonly Route[] = routes,
  property = world.own.propertyId,
  headers: Headers = {},
): Promise<void> {
  const wrong: object[] = [];
  for (const route of chosen) {
    const got = await outcome(route, key, property, headers);
    const wanted = expected(route);
    if (JSON.stringify(got) !== JSON.stringify(wanted)) wrong.push({ kind, route: nameOf(route), got, wanted });
  }
  counts.set(kind, (counts.get(kind) ?? 0) + chosen.length);
  expect(wrong).toEqual([]);
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const lacking = (grant: string | undefined): Outcome => [403, 'forbidden', grant ?? ''];

/** The outcome for who holds `held` for the account, and `inside` in the property. */
function heldOutcome(held: readonly string[] | null, inside: readonly string[] | null): (route: Route) => Outcome {
  return ({ grants, where, path }) => {
    if (path.includes('{property}') && held === null && inside === null) return UNKNOWN;
    if (where === 'session' || where === 'page' || where === 'nobody') throw new Error('It needs no grants');
    const here = { property: [held ?? [], inside ?? []], account: [held ?? []], somewhere: [held ?? [], inside ?? []] };
    const missing = grants.find((grant) => !here[where].flat().includes(grant));
    return missing === undefined ? PASSED : lacking(missing);
  };
}

const keyOf = async (fields: Partial<Parameters<typeof insertKey>[1]>): Promise<string> =>
  (await insertKey(app.get(DataSource), { accountId: world.own.accountId, ...fields })).secret;

const closed = (grants: readonly string[]): string[] => [
  ...grants,
  ...grants.map((grant) => grant.replace(/:write$/, ':read')),
];

it('looks at every route under /v1, each of which declares its grants', () => {
  expect(routes.length).toBeGreaterThan(60);
  expect(routes.filter(({ grants }) => grants.length === 0).map(nameOf)).toEqual([]);
});

it('refuses who has no key, or one that is none any more', async () => {
  for (const [kind, key] of await deadKeys(app, world.own)) {
    await hold(`401: ${kind}`, key, () => [401, 'unauthenticated']);
  }
});

it('shows what is of a session to no key, and lets everybody sign in', async () => {
  const ofSessions = all.filter(({ where }) => where === 'session');
  expect(ofSessions.length).toBeGreaterThan(5);
  for (const [kind, key] of await deadKeys(app, world.own)) {
    await hold(`401: ${kind}`, key, () => [401, 'unauthenticated'], ofSessions);
  }
  await hold('403: a key without a session', world.own.owner, () => [403, 'forbidden'], ofSessions);
  const open = all.filter(({ where }) => where === 'nobody');
  expect(open.map(nameOf)).toEqual([
    'POST /v1/invitations/accept',
    'GET /v1/providers/{id}/callback',
    'GET /v1/providers/{id}/sign-in',
    'POST /v1/session',
    'GET /v1/sign-in-ways',
  ]);
  // What a provider sends beside its protocol is passed over.
  const passed = ({ path }: Route): Outcome => (path.endsWith('/callback') ? [400, 'sign_in_failed'] : PASSED);
  await hold('passed: nobody', null, passed, open);
});

it('takes whoever sends by a public key for nobody else, and nobody by another key, header or cookie', async () => {
  const doors = all.filter(({ where }) => where === 'page');
  expect(doors.map(nameOf)).toEqual(['POST /v1/collect', 'GET /v1/collect.gif']);
  expect(doors.map(({ grants }) => grants)).toEqual([['events:write'], ['events:write']]);
  const { cookie } = await newMember(app, { role: 'owner' });
  const events = [{ event: 'forged', time: new Date().toISOString(), visitor: 'x' }];
  for (const [kind, key] of [...(await deadKeys(app, world.own)), ['a secret key', world.own.owner] as const]) {
    for (const headers of [{}, { authorization: `Bearer ${world.own.owner}` }, { ...cookie, ...SAME_SITE }]) {
      const posted = await callHttp(app.url, 'POST', '/v1/collect', { headers, body: { key, events } });
      const shown = await callHttp(app.url, 'GET', `/v1/collect.gif?key=${encodeURIComponent(key ?? '')}`, { headers });
      counts.set(`401: ${kind} at the door`, (counts.get(`401: ${kind} at the door`) ?? 0) + 2);
      expect([outcomeOf(posted), outcomeOf(shown)]).toEqual([
        [401, 'unauthenticated'],
        [401, 'unauthenticated'],
      ]);
    }
  }
});

it('holds a session to its role, to its site, and to what its member may do at the moment', async () => {
  const reading = routes.filter(({ method }) => method === 'GET');
  const writing = routes.filter(({ method }) => method !== 'GET');
  const { id, cookie } = await newMember(app, { role: 'admin' });
  const held = heldOutcome(ROLE_TABLE['admin'] ?? [], null);
  await hold('session: reads', null, held, reading, undefined, cookie);
  await hold('403: session of another site', null, () => [403, 'csrf'], writing, undefined, cookie);
  await hold('session: writes of its site', null, held, writing, undefined, { ...cookie, ...SAME_SITE });
  const byKey = { authorization: `Bearer ${app.adminKey}` };
  await callAt(app.url, 'PATCH', `/account/members/${id}`, byKey, { role: 'viewer' });
  const demoted = heldOutcome(ROLE_TABLE['viewer'] ?? [], null);
  await hold('session of a demoted member', null, demoted, routes, undefined, { ...cookie, ...SAME_SITE });
  await callAt(app.url, 'DELETE', `/account/members/${id}`, byKey);
  const gone: Outcome = [401, 'unauthenticated'];
  await hold(
    '401: session of a removed member',
    null,
    () => gone,
    all.filter(({ where }) => where !== 'nobody' && where !== 'page'),
    undefined,
    cookie,
  );
});

it('takes a property of another account for one that does not exist', async () => {
  const inPaths = routes.filter(({ path }) => path.includes('{property}'));
  for (const named of [world.foreign.propertyId, world.foreign.slug, 'prop_01jd0a1b2c3d4e5f6g7h8j9k0m', '%00', '~']) {
    await hold(`404: property ${named}`, world.own.owner, () => UNKNOWN, inPaths, named);
  }
  await hold('404: caller of another account', world.foreign.owner, () => UNKNOWN, inPaths);
});

it('takes the id and the slug of a property alike', async () => {
  const inPaths = routes.filter(({ path }) => path.includes('{property}'));
  for (const named of [world.own.propertyId, world.own.slug]) {
    await hold('passed: owner by id and slug', world.own.owner, () => PASSED, inPaths, named);
  }
});

it.each(ROLES)('holds the role %s to its grants, for the account and for single properties', async (role) => {
  const held = ROLE_TABLE[role] ?? [];
  const inside = held.filter((grant) => !OF_ACCOUNT.test(grant));
  await hold(`role ${role}`, await keyOf({ role }), heldOutcome(held, null));
  const here = await keyOf({ role, properties: [world.own.propertyId] });
  await hold(`role ${role} in the property`, here, heldOutcome(null, inside));
  const elsewhere = await keyOf({ role, properties: [world.neighbour.propertyId] });
  const passing = heldOutcome(null, inside);
  await hold(`role ${role} in another property`, elsewhere, (route) =>
    route.path.includes('{property}') ? UNKNOWN : passing(route),
  );
});

it('names the grant that is missing, where everything else is there', async () => {
  for (const missing of GRANTS) {
    const [key, held] = [await keyOf({ grants: allBut(missing) }), closed(allBut(missing))];
    const chosen = routes.filter(({ grants }) => grants.includes(missing));
    await hold('403: a single grant missing', key, heldOutcome(held, null), chosen);
  }
});

it('takes who has the needed grants and no other', async () => {
  const sets = new Set(routes.map(({ grants }) => grants.join(' ')));
  for (const set of sets) {
    const grants = set.split(' ') as Grant[];
    const chosen = routes.filter((route) => route.grants.join(' ') === set);
    await hold('passed: the needed grants alone', await keyOf({ grants }), () => PASSED, chosen);
  }
});

it('opens no route to a public key', async () => {
  const fields = { kind: 'public' as const, role: null, grants: null, origins: ['https://example.org'] };
  const here = await keyOf({ ...fields, properties: [world.own.propertyId] });
  await hold('403: public key', here, ({ grants }) => lacking(grants[0]));
  const elsewhere = await keyOf({ ...fields, properties: [world.neighbour.propertyId] });
  await hold('404: public key of another property', elsewhere, ({ grants, path }) =>
    path.includes('{property}') ? UNKNOWN : lacking(grants[0]),
  );
});

it('refuses HEAD as it refuses GET', async () => {
  const collector = await keyOf({ role: 'collector' });
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    const path = `${pathOf(route, world.own.propertyId, world.own)}?no_route_has_it=1`;
    const [get, head] = [await call(app, 'GET', path, collector), await call(app, 'HEAD', path, collector)];
    expect([nameOf(route), head.status]).toEqual([nameOf(route), get.status]);
  }
});

describe('ids of things', () => {
  /** A thing that is named in the path: not a name that may be anybody's. */
  const ofThings = (): readonly Route[] =>
    routes.filter(({ path }) => /\{(cohort|id|expression)\}|properties.*\/metrics\/\{metric\}/.test(path));

  const stateOf = async (place: World['own']): Promise<unknown[]> => {
    const reading = ['cohorts', 'metrics', 'requests', 'cohort-uploads'].map(async (list) => {
      const { text } = await call(app, 'GET', `/v1/properties/${place.slug}/${list}`, place.owner);
      return (JSON.parse(text) as { data: unknown }).data;
    });
    const { provider, tokenIssuer } = place.things;
    const ofAccount = [`keys/${place.keyId}`, `providers/${provider}`, `token-issuers/${tokenIssuer}`];
    return await Promise.all([
      ...reading,
      ...ofAccount.map((path) => call(app, 'GET', `/v1/account/${path}`, place.owner)),
    ]);
  };

  it.each(['neighbour', 'foreign'] as const)(
    'of a %s property are unknown, and nothing happens to them',
    async (whose) => {
      const theirs = world[whose];
      const before = JSON.stringify(await stateOf(theirs), withoutStamps);
      const wrong: object[] = [];
      const chosen = ofThings().filter(({ path }) => whose === 'foreign' || !path.startsWith('/v1/account'));
      for (const route of chosen) {
        const body = ['GET', 'DELETE'].includes(route.method) ? undefined : bodyOf(route);
        const answer = await call(
          app,
          route.method,
          pathOf(route, world.own.propertyId, theirs),
          world.own.owner,
          body,
        );
        const { status, text } = answer;
        const isUnknown = status === 404 || (status === 422 && text.includes('"unknown_cohort"'));
        if (!isUnknown || leaks(text, theirs)) wrong.push({ route: nameOf(route), status, text });
      }
      counts.set(`404: ids of a ${whose} property`, chosen.length);
      expect(wrong).toEqual([]);
      expect(JSON.stringify(await stateOf(theirs), withoutStamps)).toBe(before);
    },
  );
});

/** A body that the route would take, were the thing there. */
function bodyOf({ path, method }: Route): object {
  if (path.endsWith('/finish')) return { members: 'all' };
  if (path.endsWith('/members')) return { add: ['bob'] };
  if (path.includes('/metrics/')) return { metric: 'event_count' };
  if (path.startsWith('/v1/account/members')) return { role: 'viewer' };
  if (path.startsWith('/v1/account/') && method === 'PATCH') return { name: 'taken over' };
  return method === 'PUT' ? { name: 'taken over', static: { users: ['bob'] } } : {};
}

/** Whether a refusal tells of a thing what its sender did not know: names of theirs, or their users. */
function leaks(text: string, { slug }: World['own']): boolean {
  return text.includes(`${slug}-`) || text.includes(`${slug}_`);
}

/** Headers and ids of requests, and use, change from call to call. */
function withoutStamps(name: string, value: unknown): unknown {
  return /^(headers|text|bytes|last_used_at)$/.test(name) ? undefined : value;
}
