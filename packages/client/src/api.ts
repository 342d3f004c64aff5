import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.js';

export interface MusterClientOptions {
  /** Where the service is: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Absent: calls are made by the session of who has signed in, from a page of the service itself. */
  readonly apiKey?: string;
  /** Defaults to the platform's fetch. */
  readonly fetch?: typeof fetch;
}

/** The service's routes, typed by its OpenAPI document. */
export type Api = Client<paths>;

/** Every route of a service, for what the classes have no method for; asks nothing yet. */
export function createApi(options: MusterClientOptions): Api {
  return createClient<paths>({
    baseUrl: options.url,
    headers: authorizationOf(options),
    ...(options.fetch && { fetch: options.fetch }),
  });
}

/** The header of a call by a key; none for a session, whose cookie the browser sends. */
export function authorizationOf({ apiKey }: MusterClientOptions): Readonly<Record<string, string>> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}
