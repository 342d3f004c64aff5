import type { Grant } from '../../../src/core/access/grants.js';
import { callHttp, type Method } from '../../support/call-http.js';
import type { Place, Things } from './strangers.js';

/** A route of the document, with what it declares. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly grants: readonly Grant[];
  /** As its 403 says it. */
  readonly where: 'property' | 'account' | 'somewhere' | 'session' | 'page' | 'nobody';
}

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly 'x-grants'?: readonly Grant[];
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}

/** Every route under /v1 of the document that the running program serves. */
export async function routesOf(url: string): Promise<readonly Route[]> {
  const { paths } = (await callHttp(url, 'GET', '/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>;
  }>();
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(() => path.startsWith('/v1/'))
      .map(([method, operation]) => ({
        method: method.toUpperCase() as Method,
        path,
        operationId: operation.operationId,
        grants: operation['x-grants'] ?? [],
        where: whereOf(operation),
      })),
  );
}

function whereOf({ security, responses }: Operation): Route['where'] {
  const description = responses['403']?.description ?? '';
  if (security.length === 0) return 'nobody';
  if (security.some((scheme) => 'public_key' in scheme)) return 'page';
  if (description.includes('has not signed in')) return 'session';
  if (description.endsWith('in the property.')) return 'property';
  return description.endsWith('for the account.') ? 'account' : 'somewhere';
}

/** What stands in a path: the property by id or slug, and things of a place. */
export function pathOf(route: Pick<Route, 'path'>, property: string, place: Place): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'property' ? property : encodeURIComponent(thingOf(route, name, place)),
  );
}

/** The id that a parameter of a route takes. */
function thingOf({ path }: Pick<Route, 'path'>, name: string, { things, keyId }: Place): string {
  const own = (thing: keyof Things): string => things[thing] ?? '';
  switch (name) {
    case 'cohort':
      return own(path.includes('/evaluations') ? 'rule' : 'cohort');
    case 'metric':
      return path.includes('/run/') || path.startsWith('/v1/metrics') ? 'event_count' : own('metric');
    case 'id':
      if (path.startsWith('/v1/account/keys')) return keyId;
      if (path.startsWith('/v1/account/members')) return own('member');
      if (path.startsWith('/v1/account/invitations')) return own('invitation');
      if (path.startsWith('/v1/account/providers') || path.startsWith('/v1/providers')) return own('provider');
      if (path.startsWith('/v1/account/token-issuers')) return own('tokenIssuer');
      if (path.startsWith('/v1/session/identities')) return own('identity');
      if (path.startsWith('/v1/sessions')) return own('session');
      if (path.includes('/evaluations/')) return own('evaluation');
      return own(path.includes('/cohort-uploads/') ? 'upload' : 'request');
    case 'seq':
    case 'version':
      return '1';
    case 'expression':
      return `${own('cohort')}&${own('rule')}`;
    case 'user':
      return 'ann';
    case 'type':
      return 'statistic';
    case 'name':
      return 'runs';
    case 'deletion':
      return 'pdel_none';
    default:
      throw new Error(`No id for {${name}} of ${path}`);
  }
}
