import { DataSource } from 'typeorm';
import { GRANTS, type Grant } from '../../../src/core/access/grants.js';
import { newApiKey } from '../../../src/access/key-format.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { InvitationEntity, MemberEntity, PersonEntity } from '../../../src/accounts/members/member.entity.js';
import { IdentityEntity, IdentityProviderEntity } from '../../../src/accounts/providers/provider.entity.js';
import { TokenIssuerEntity } from '../../../src/accounts/tokens/token-issuer.entity.js';
import { SessionEntity } from '../../../src/accounts/sessions/session.entity.js';
import { ApiKeyEntity } from '../../../src/accounts/api-key.entity.js';
import { createProperty } from '../../../src/properties/create-property.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import type { TestApp } from '../../support/test-app.js';

/** Ids of what a property owns, by the name of the parameter in a path. */
export type Things = Readonly<Record<string, string>>;

/** A property with something in it under every kind of id, and the key of an owner of its account. */
export interface Place {
  readonly accountId: string;
  readonly propertyId: string;
  readonly slug: string;
  readonly owner: string;
  readonly keyId: string;
  readonly things: Things;
}

/** Two properties of one account, and one of another, each with things of its own. */
export interface World {
  readonly own: Place;
  readonly neighbour: Place;
  readonly foreign: Place;
}

const DAY_MS = 86_400_000;

export async function makeWorld(app: TestApp): Promise<World> {
  const database = app.get(DataSource);
  const [account] = (await database.manager.find(AccountEntity)) as [AccountEntity];
  await database.manager.insert(AccountEntity, { id: 'acc_foreign', name: 'Foreign' });
  return {
    own: await makePlace(app, account.id, 'own'),
    neighbour: await makePlace(app, account.id, 'neighbour'),
    foreign: await makePlace(app, 'acc_foreign', 'foreign'),
  };
}

/** A property with things, and a member and an invitation of its account; `slug` is a new one. */
export async function makePlace(app: TestApp, accountId: string, slug: string): Promise<Place> {
  const database = app.get(DataSource);
  const { id: propertyId } = await database.transaction((manager) =>
    createProperty(manager, accountId, { slug, name: slug }),
  );
  const { id: keyId, secret: owner } = await insertKey(database, { accountId });
  const send = async <T>(path: string, body?: object | string): Promise<T> => {
    const sent = await call(app, 'POST', `/v1/properties/${slug}${path}`, owner, body);
    if (sent.status >= 300) throw new Error(`${path}: ${sent.text}`);
    return sent.json<T>();
  };
  await send('/users', [{ user: `${slug}-ann`, traits: { country: 'US' } }]);
  const cohort = await send<{ id: string }>('/cohorts', { name: `${slug}-list`, static: { users: [`${slug}-ann`] } });
  const rule = await send<{ id: string }>('/cohorts', {
    name: `${slug}-rule`,
    rule: { trait: 'country', eq: 'US' },
  });
  const evaluation = await send<{ id: string }>(`/cohorts/${rule.id}/evaluations`);
  const metric = await send<{ id: string }>('/metrics', { name: `${slug}_edits`, metric: 'event_count' });
  const request = await send<{ id: string }>('/requests?wait=30', {
    cohort: cohort.id,
    metric: 'event_count',
    ...YEAR,
  });
  const upload = await send<{ id: string }>(`/cohorts/${cohort.id}/validate?wait=30`);
  const things = {
    cohort: cohort.id,
    metric: metric.id,
    request: request.id,
    evaluation: evaluation.id,
    upload: upload.id,
    rule: rule.id,
    ...(await makePerson(app, accountId, slug)),
  };
  return { accountId, propertyId, slug, owner, keyId, things };
}

/** The hash of no password. */
const NO_PASSWORD = `$argon2id$v=19$m=64,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** A member with a session, and an invitation. */
async function makePerson(app: TestApp, accountId: string, slug: string): Promise<Things> {
  const { manager } = app.get(DataSource);
  const nothing = { network: null, agent: '', endsAt: new Date(Date.now() + DAY_MS) };
  const [personId, member, session, invitation] = ['per', 'mem', 'ses', 'inv'].map((kind) => `${kind}_${slug}`) as [
    string,
    string,
    string,
    string,
  ];
  const person = { id: personId, email: `${slug}@example.org`, name: slug, passwordHash: NO_PASSWORD };
  await manager.insert(PersonEntity, person);
  await manager.insert(MemberEntity, { id: member, accountId, personId, role: 'owner' });
  await manager.insert(SessionEntity, { id: session, tokenHash: slug, personId, accountId, ...nothing });
  const open = { tokenHash: slug, expiresAt: nothing.endsAt };
  await manager.insert(InvitationEntity, { id: invitation, accountId, email: null, role: 'viewer', ...open });
  const at = { accountId, issuer: `https://${slug}.example.org` };
  const [provider, identity, tokenIssuer] = [`idp_${slug}`, `idn_${slug}`, `iss_${slug}`];
  const client = { name: `${slug}-login`, clientId: slug, domains: [], signUp: 'closed' as const, createdBy: null };
  await manager.insert(IdentityProviderEntity, { id: provider, ...at, ...client });
  await manager.insert(IdentityEntity, { id: identity, ...at, subject: slug, personId });
  const keys = { jwksUri: at.issuer, algorithms: ['RS256' as const], claim: 'role', roles: [], audience: accountId };
  await manager.insert(TokenIssuerEntity, { id: tokenIssuer, ...at, name: `${slug}-tokens`, ...keys });
  return { member, session, invitation, provider, identity, tokenIssuer };
}

const YEAR = { window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' } };

/** A call with a key; null: none. */
export function call(
  app: TestApp,
  method: Method,
  path: string,
  key: string | null,
  body?: object | string,
  more: Readonly<Record<string, string>> = {},
): Promise<TestResponse> {
  const headers = { ...more, ...(key !== null && { authorization: `Bearer ${key}` }) };
  return callHttp(app.url, method, path, { headers, body });
}

/** Credentials that are none: what they are, and the key that is sent. */
export async function deadKeys(app: TestApp, { accountId }: Place): Promise<ReadonlyMap<string, string | null>> {
  const database = app.get(DataSource);
  const over = new Date(Date.now() - DAY_MS);
  const revoked = await insertKey(database, { accountId });
  await database.manager.update(ApiKeyEntity, { id: revoked.id }, { revokedAt: over });
  return new Map([
    ['none', null],
    ['no key at all', 'nonsense'],
    ['unknown', newApiKey()],
    ['unknown and public', newApiKey('public')],
    ['expired', (await insertKey(database, { accountId, expiresAt: over })).secret],
    ['revoked', revoked.secret],
    ['rotated away', (await insertKey(database, { accountId }, over)).secret],
  ]);
}

/** The table of ACCESS, written out: what each role has, apart from the program's own. */
export const ROLE_TABLE: Readonly<Record<string, readonly string[]>> = {
  owner: GRANTS,
  admin: GRANTS,
  analyst: [
    'events:read users:read cohorts:read metrics:read requests:read people:read usage:read property:read',
    'cohorts:write metrics:write requests:write',
  ].flatMap((line) => line.split(' ')),
  viewer: 'cohorts:read metrics:read requests:read usage:read property:read'.split(' '),
  // `write` includes `read`.
  collector: 'events:read events:write users:read users:write usage:read usage:write'.split(' '),
};

/** Means nothing in a single property. */
export const OF_ACCOUNT = /^(members|keys|account):/;

/** All grants without one; where that is a `read`, without its `write`, which includes it. */
export function allBut(missing: Grant): Grant[] {
  const [module] = missing.split(':');
  return GRANTS.filter((grant) => (missing.endsWith(':read') ? !grant.startsWith(`${module}:`) : grant !== missing));
}
