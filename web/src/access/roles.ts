import type { components, Property } from '@muster/client';
import type { Grant } from '../api/session.js';
import { everyOf } from '../text/every-of.js';

export type Role = NonNullable<components['schemas']['Key']['role']>;

/** What each role may do, the strongest first. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: 'everything, also owners and the account itself',
  admin: 'everything but what is of owners',
  analyst: 'asks, makes cohorts and metrics, sees single users',
  viewer: 'sees cohorts and figures, never single users',
  collector: 'sends events, users and usage, reads nothing',
};

/** The named sets of grants, the strongest first. */
export const ROLES = everyOf<Role>(ROLE_WORDS);

export type Module = Grant extends `${infer M}:${string}` ? M : never;

/** What grants are about, in the words and the order of the service. */
export const MODULES = everyOf<Module>({
  events: true,
  users: true,
  cohorts: true,
  metrics: true,
  requests: true,
  people: true,
  usage: true,
  property: true,
  members: true,
  keys: true,
  account: true,
});

export type Level = '' | 'read' | 'write';

/** A role in one property. */
export interface RoleIn {
  readonly property: string;
  readonly role: Role;
}

/** What is given to a member, a key or who signs up: a role, or single grants, and roles in properties beside it. */
export interface Given {
  readonly role: Role | 'grants' | '';
  readonly grants: readonly Grant[];
  readonly properties: readonly RoleIn[];
}

export const NOTHING_GIVEN: Given = { role: '', grants: [], properties: [] };

/** What the service tells of a member, an invitation or a provider. */
export interface Held {
  readonly role: Role | null;
  readonly grants: readonly string[] | null;
  readonly properties?: readonly HeldIn[] | null;
}

interface HeldIn {
  readonly property: string;
  readonly role?: Role | null;
  readonly grants?: readonly string[] | null;
}

/** The level of one module; `write` includes `read`. */
export function levelOf(grants: readonly Grant[], module: Module): Level {
  if (grants.includes(`${module}:write`)) return 'write';
  return grants.includes(`${module}:read`) ? 'read' : '';
}

/** The grants with another level of one module, in the order of the modules. */
export function withLevel(grants: readonly Grant[], module: Module, level: Level): readonly Grant[] {
  return MODULES.flatMap((one): Grant[] => {
    const wanted = one === module ? level : levelOf(grants, one);
    return wanted === '' ? [] : [`${one}:${wanted}`];
  });
}

/** For the fields of a form. */
export function givenFrom({ role, grants, properties }: Held): Given {
  return {
    role: role ?? (grants === null ? '' : 'grants'),
    grants: (grants ?? []) as readonly Grant[],
    properties: (properties ?? []).flatMap((one) =>
      one.role === null || one.role === undefined ? [] : [{ property: one.property, role: one.role }],
    ),
  };
}

/** For the body of a call: a role or grants, and nothing where neither is chosen. */
export function roleOrGrants({ role, grants }: Given): { role?: Role; grants?: Grant[] } {
  if (role === 'grants') return { grants: [...grants] };
  return role === '' ? {} : { role };
}

/** `admin`, `cohorts:read, requests:read`, `viewer in CDNOW`; what is held nowhere is `nothing`. */
export function heldWords({ role, grants, properties }: Held, known: readonly Property[]): readonly string[] {
  const own = role ?? (grants === null || grants.length === 0 ? null : grantWords(grants));
  const inside = (properties ?? []).map(
    (one) => `${one.role ?? grantWords(one.grants ?? [])} in ${nameOf(one.property, known)}`,
  );
  const words = [...(own === null ? [] : [own]), ...inside];
  return words.length === 0 ? ['nothing'] : words;
}

/** The name of a property by its id; the id where the reader does not see it. */
export function nameOf(id: string, known: readonly Property[]): string {
  return known.find((one) => one.id === id)?.name ?? id;
}

function grantWords(grants: readonly string[]): string {
  const written = new Set(grants.filter((grant) => grant.endsWith(':write')).map((grant) => grant.split(':')[0]));
  return grants.filter((grant) => grant.endsWith(':write') || !written.has(grant.split(':')[0])).join(', ');
}
