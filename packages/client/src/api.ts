import type { Client } from 'openapi-fetch';
import type { paths } from './schema.js';

export interface MusterClientOptions {
  /** Where the service is: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly apiKey: string;
  /** Defaults to the platform's fetch. */
  readonly fetch?: typeof fetch;
}

/** The service's routes, typed by its OpenAPI document. */
export type Api = Client<paths>;
