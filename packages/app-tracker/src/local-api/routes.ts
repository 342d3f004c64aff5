import type { IncomingMessage } from 'node:http';
import type { AppTracker } from '../app-tracker.js';
import { VERSION } from '../version.js';
import { requireNoFields } from './fields.js';
import type { Form, Shown } from './form.js';
import { FORMS } from './forms.js';
import { jsonBody } from './json-body.js';
import { invalidParameter, LocalFailure } from './local-failure.js';

/** What is answered: JSON, or a text of its own type. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object | string;
}

type Method = 'GET' | 'POST' | 'PUT';
type Resource = Partial<Record<Method, () => Answer | Promise<Answer>>>;
type AnyForm = Pick<Form<never>, 'list' | 'read' | 'attribute' | 'hasAction' | 'declare' | 'act'>;

const CSV = { 'content-type': 'text/csv; charset=utf-8' };
const MAX_DIGITS = 15;

/** Answers calls for one tracker. */
export class Routes {
  /** Names that were declared since the start. */
  readonly #declared = new Set<string>();

  constructor(private readonly tracker: AppTracker) {}

  /** @throws LocalFailure for what is refused, TrackerProblem for what cannot be written */
  async answer(request: IncomingMessage): Promise<Answer> {
    const [path = '', query] = (request.url ?? '').split(/\?(.*)/s);
    const resource = this.#resource(segmentsOf(path), new URLSearchParams(query), request);
    if (resource === undefined) throw new LocalFailure('not_found', `There is no ${path}.`);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const call = new Map(Object.entries(resource)).get(method ?? '');
    if (call !== undefined) return call();
    const allow = Object.keys(resource).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
    throw new LocalFailure('method_not_allowed', `It has ${allow.join(', ')}.`, [], { allow: allow.join(', ') });
  }

  #resource(path: readonly string[], query: URLSearchParams, request: IncomingMessage): Resource | undefined {
    const [first = '', ...others] = path;
    const form = FORMS.get(first);
    if (form !== undefined) return this.#ofForm(form, path, others, request);
    return others.length === 0 ? this.#ofTracker(first, query, request) : undefined;
  }

  #ofTracker(name: string, query: URLSearchParams, request: IncomingMessage): Resource | undefined {
    const { tracker } = this;
    const changed = (change: () => Promise<unknown>) => async (): Promise<Answer> => {
      requireNoFields(await jsonBody(request));
      await change();
      return ok(this.#state());
    };
    if (name === '') return { GET: () => ok(this.#state()) };
    if (name === 'enable') return { POST: changed(() => tracker.enable()) };
    if (name === 'disable') return { POST: changed(() => tracker.disable()) };
    if (name === 'submit') return { POST: async () => ok(await this.#submit(request)) };
    if (name === 'figures.csv') return { GET: () => csv(tracker.toCsv({ orderBy: orderOf(query) })) };
    if (name === 'report.csv') return { GET: () => csv(tracker.toReport({ digits: digitsOf(query) })) };
    return undefined;
  }

  #ofForm(
    form: AnyForm,
    path: readonly string[],
    [name, last, ...others]: readonly string[],
    request: IncomingMessage,
  ): Resource | undefined {
    const { tracker } = this;
    if (others.length > 0) return undefined;
    if (name === undefined)
      return {
        GET: () => ok({ data: form.list(tracker) }),
        POST: async () => {
          const shown = await form.declare(tracker, await jsonBody(request), this.#declared);
          const location = `/${path[0]}/${encodeURIComponent(String(shown.body['name']))}`;
          return { ...okShown(shown), status: shown.isNew ? 201 : 200, headers: { etag: shown.tag, location } };
        },
      };
    if (last === undefined) return { GET: () => okShown(form.read(tracker, name)) };
    if (form.hasAction(last))
      return {
        PUT: async () => {
          const body = await jsonBody(request);
          return okShown(await form.act(tracker, name, last, body, request.headers['if-match']));
        },
      };
    const value = form.attribute(tracker, name, last);
    return value === undefined ? undefined : { GET: () => ok({ [last]: value }) };
  }

  #state(): object {
    const { isEnabled, pending, submissions, lastSubmission } = this.tracker;
    return { version: VERSION, enabled: isEnabled, pending, submissions, last_submission: lastSubmission };
  }

  async #submit(request: IncomingMessage): Promise<object> {
    requireNoFields(await jsonBody(request));
    const { status, changes, problem } = await this.tracker.submit();
    const said = problem === undefined ? {} : { problem: { code: problem.code, detail: problem.message } };
    return { status, changes, ...said };
  }
}

function ok(body: object): Answer {
  return { status: 200, headers: {}, body };
}

function okShown({ body, tag }: Shown): Answer {
  return { status: 200, headers: { etag: tag }, body };
}

function csv(text: string): Answer {
  return { status: 200, headers: CSV, body: text };
}

/** A name may hold slashes, in percent-encoding. @throws LocalFailure malformed_request */
function segmentsOf(path: string): readonly string[] {
  try {
    const segments = path.split('/').slice(1).map(decodeURIComponent);
    return segments.length > 1 && segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  } catch {
    throw new LocalFailure('malformed_request', 'The path is not percent-encoded UTF-8.');
  }
}

function orderOf(query: URLSearchParams): 'type' | 'name' {
  const order = query.get('order_by') ?? 'type';
  if (order === 'type' || order === 'name') return order;
  throw invalidParameter('order_by', 'It is type or name.');
}

function digitsOf(query: URLSearchParams): number {
  const digits = Number(query.get('digits') ?? 6);
  if (Number.isInteger(digits) && digits >= 1 && digits <= MAX_DIGITS) return digits;
  throw invalidParameter('digits', `It is a whole number from 1 to ${MAX_DIGITS}.`);
}
