import { submitAndFollow, type SubmitOptions } from './ask.js';
import { authorizationOf, type Api, type MusterClientOptions } from './api.js';
import { MusterError, unwrap } from './muster-error.js';
import { fromNdjson, toNdjson } from './ndjson.js';
import type {
  ActiveUsers,
  ActiveUsersHistory,
  Answer,
  Ask,
  Canonical,
  Cohort,
  CohortBody,
  IngestVerdict,
  MusterEvent,
  UsageBatch,
  UsagePeriod,
  UsageQuery,
  UsageVerdict,
  User,
  UserRow,
  UserUpsert,
} from './types.js';

type Items<T> = Iterable<T> | AsyncIterable<T>;

/** Without a format the service gives pages of JSON. */
interface UsagePage {
  readonly data: readonly UsagePeriod[];
  readonly next_cursor: string | null;
}

/** One property of a service. Every method throws MusterError where the service refuses the call. */
export class PropertyClient {
  constructor(
    private readonly api: Api,
    private readonly options: MusterClientOptions,
    readonly property: string,
  ) {}

  /**
   * Sends events as one NDJSON stream, of any length, in constant memory. Sending them again counts nothing twice, so a
   * broken call can be repeated. Items that were refused are told in the verdict; they do not spoil the others.
   */
  sendEvents(events: Items<MusterEvent>, options: { signal?: AbortSignal } = {}): Promise<IngestVerdict> {
    return this.#stream('events', events, options.signal);
  }

  /** Upserts users as one NDJSON stream. */
  upsertUsers(users: Items<UserUpsert>, options: { signal?: AbortSignal } = {}): Promise<IngestVerdict> {
    return this.#stream('users', users, options.signal);
  }

  async user(id: string): Promise<User> {
    const path = { property: this.property, user: id };
    return unwrap(await this.api.GET('/v1/properties/{property}/users/{user}', { params: { path } }));
  }

  async createCohort(cohort: CohortBody): Promise<Cohort> {
    const path = { property: this.property };
    return unwrap(await this.api.POST('/v1/properties/{property}/cohorts', { params: { path }, body: cohort }));
  }

  /** Gives a saved cohort a new version. */
  async replaceCohort(id: string, cohort: CohortBody): Promise<Cohort> {
    const path = { property: this.property, cohort: id };
    return unwrap(await this.api.PUT('/v1/properties/{property}/cohorts/{cohort}', { params: { path }, body: cohort }));
  }

  /** Every saved cohort, all pages. */
  async *cohorts(): AsyncGenerator<Cohort> {
    let cursor: string | undefined;
    do {
      const params = { path: { property: this.property }, query: { ...(cursor && { cursor }) } };
      const page = unwrap(await this.api.GET('/v1/properties/{property}/cohorts', { params }));
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  async deleteCohort(id: string): Promise<void> {
    const path = { property: this.property, cohort: id };
    const { error, response } = await this.api.DELETE('/v1/properties/{property}/cohorts/{cohort}', {
      params: { path },
    });
    if (!response.ok) throw MusterError.fromResponse(response, error);
  }

  /**
   * POSTs a request and follows it to its end: waits as the service advises, and gives the request up when the signal
   * aborts. Throws RunFailed when its run failed or was cancelled, MusterError when it was refused, and the signal's
   * reason.
   */
  ask(request: Ask, options: SubmitOptions = {}): Promise<Answer> {
    return submitAndFollow(this.api, this.property, request, options);
  }

  /** What a request means: its canonical form and hash, and whether a fresh answer is stored. Runs nothing. */
  async canonical(request: Ask): Promise<Canonical> {
    const path = { property: this.property };
    const body = request as never;
    return unwrap(await this.api.POST('/v1/properties/{property}/requests/canonical', { params: { path }, body }));
  }

  /** The request as it stands. */
  async request(id: string): Promise<Answer> {
    const path = { property: this.property, id };
    return unwrap(await this.api.GET('/v1/properties/{property}/requests/{id}', { params: { path } }));
  }

  /** Gives a request up; its run stops when no other request waits for it. */
  async cancel(id: string): Promise<Answer> {
    const path = { property: this.property, id };
    return unwrap(await this.api.DELETE('/v1/properties/{property}/requests/{id}', { params: { path } }));
  }

  /** The per-user values of a finished request, one by one, in constant memory. */
  async *values(id: string, options: { signal?: AbortSignal } = {}): AsyncGenerator<UserRow> {
    const headers = { accept: 'application/x-ndjson' };
    const response = await this.#fetch(`requests/${encodeURIComponent(id)}/users`, { headers }, options.signal);
    if (response.body !== null) yield* fromNdjson<UserRow>(response.body);
  }

  /** Counts a batch, once by its id. `UsageCounter` gathers and sends them. */
  async sendUsage(batch: UsageBatch, options: { signal?: AbortSignal } = {}): Promise<UsageVerdict> {
    const path = { property: this.property };
    const { signal } = options;
    return unwrap(
      await this.api.POST('/v1/properties/{property}/usage', {
        params: { path },
        body: batch,
        ...(signal && { signal }),
      }),
    );
  }

  /** What was counted, period by period, the newest first, all pages. */
  async *usage(query: UsageQuery = {}): AsyncGenerator<UsagePeriod> {
    let cursor: string | undefined;
    do {
      const params = { path: { property: this.property }, query: { ...query, ...(cursor && { cursor }) } };
      const page = unwrap(await this.api.GET('/v1/properties/{property}/usage', { params })) as UsagePage;
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** How many users are active: the newest figures, or those of a past instant, RFC 3339 or a date. */
  async activeUsers(query: { at?: string } = {}): Promise<ActiveUsers> {
    const params = { path: { property: this.property }, query };
    const found = unwrap(await this.api.GET('/v1/properties/{property}/active-users', { params }));
    return found as ActiveUsers;
  }

  /** How many were active at the end of each slice of a time: of each day unless `interval` says otherwise. */
  async activeUsersHistory(query: { from: string; to?: string; interval?: string }): Promise<ActiveUsersHistory> {
    const params = { path: { property: this.property }, query };
    const found = unwrap(await this.api.GET('/v1/properties/{property}/active-users', { params }));
    return found as ActiveUsersHistory;
  }

  async #stream<T>(resource: string, items: Items<T>, signal: AbortSignal | undefined): Promise<IngestVerdict> {
    const headers = { 'content-type': 'application/x-ndjson' };
    const init = { method: 'POST', headers, body: toNdjson(items), duplex: 'half' } as const;
    const response = await this.#fetch(resource, init, signal);
    return (await response.json()) as IngestVerdict;
  }

  async #fetch(resource: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    const { url, fetch: send = fetch } = this.options;
    const target = new URL(`/v1/properties/${encodeURIComponent(this.property)}/${resource}`, url);
    const headers = { ...init.headers, ...authorizationOf(this.options) };
    const response = await send(target, { ...init, headers, ...(signal && { signal }) });
    if (!response.ok) throw MusterError.fromResponse(response, await response.json().catch(() => undefined));
    return response;
  }
}
