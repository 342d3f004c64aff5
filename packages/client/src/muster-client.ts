import { createApi, type Api, type MusterClientOptions } from './api.js';
import { unwrap } from './muster-error.js';
import { PropertyClient } from './property-client.js';
import type { CreateProperty, Property } from './types.js';

/** One service, and one key or session. Every method throws MusterError where the service refuses the call. */
export class MusterClient {
  private readonly api: Api;

  constructor(private readonly options: MusterClientOptions) {
    this.api = createApi(options);
  }

  /** A property by its id or slug; asks nothing yet. */
  property(idOrSlug: string): PropertyClient {
    return new PropertyClient(this.api, this.options, idOrSlug);
  }

  async createProperty(property: CreateProperty): Promise<Property> {
    return unwrap(await this.api.POST('/v1/properties', { body: property }));
  }

  /** The properties of the key's account, all pages. */
  async *properties(): AsyncGenerator<Property> {
    let cursor: string | undefined;
    do {
      const page = unwrap(await this.api.GET('/v1/properties', { params: { query: { ...(cursor && { cursor }) } } }));
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
}
