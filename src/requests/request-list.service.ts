import { Injectable } from '@nestjs/common';
import { decodeCursor, Page, pageOf } from '../platform/http/page.js';
import { jobError, type JobError } from '../jobs/job-kind.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { Answers } from './answer/answers.service.js';
import type { AnswerDto } from './answer/answer.dto.js';
import { resultGone } from './answer/request-result.js';
import { requestPath, toMetric } from './answer/to-answer.js';
import type { Caller } from './caller.js';
import type { ListRequestsQuery } from './request-queries.dto.js';
import { RequestStore, type ListedRequest, type RequestFilter } from './request-store.js';
import type { IncludedAnswersDto, RequestSummaryDto } from './request-summary.dto.js';
import { Failure, invalidParameter } from '../core/failure.js';
import { parseInstant } from '../core/time/instant.js';

/** Answers in a list are read and written at once: this many bytes take some 20 ms of the event loop. */
const BUDGET_BYTES = 1_048_576;
/** Of an answer beside its request and its result. */
const BYTES_AROUND = 2_000;

/** A page of requests; with `answers` where the query includes them. */
export class RequestPage extends Page<RequestSummaryDto> {
  constructor(
    { data, next_cursor }: Page<RequestSummaryDto>,
    readonly answers?: IncludedAnswersDto,
  ) {
    super(data, next_cursor);
  }
}

/** Lists requests by what their rows say: no result is read, however many there are. */
@Injectable()
export class RequestList {
  constructor(
    private readonly requests: RequestStore,
    private readonly answers: Answers,
  ) {}

  /** The newest first. */
  async page({ property, apiKeyId, grants }: Caller, query: ListRequestsQuery): Promise<RequestPage> {
    const { limit, cursor, include } = query;
    const after = decodeCursor(cursor, 1)?.[0] ?? null;
    const filter = { ...filterOf(query, property.timeZone, apiKeyId), seesPeople: grants.has('people:read') };
    const found = await this.requests.list(property.id, filter, after, limit + 1);
    const page = pageOf(found, limit, ({ id }) => [id]);
    if (include !== 'answers') return new RequestPage(page.map(toSummary));
    const answers = await this.included(property, page.data);
    const reported = page.map((listed) => Object.assign(toSummary(listed), { answer: answers.get(listed.id) ?? null }));
    return new RequestPage(reported, included(page.data.length - answers.size));
  }

  /** Those that fit into the budget, the newest first. */
  private async included(
    property: PropertyEntity,
    listed: readonly ListedRequest[],
  ): Promise<ReadonlyMap<string, AnswerDto>> {
    const answers = new Map<string, AnswerDto>();
    let bytes = 0;
    // One after another: a long list must not take every connection of the pool.
    for (const { id, requestBytes, answerBytes, isApart, goneAt } of listed) {
      const more = BYTES_AROUND + requestBytes + (answerBytes ?? 0);
      if (isApart || goneAt !== null || bytes + more > BUDGET_BYTES) continue;
      const requested = await this.requests.find(property.id, id);
      if (requested === null) continue;
      bytes += more;
      const { answer, parts } = await this.answers.current(requested);
      if (parts === null) answers.set(id, answer);
    }
    return answers;
  }
}

function included(leftOut: number): IncludedAnswersDto {
  const detail =
    leftOut === 0
      ? 'All answers of the page are included.'
      : `${leftOut} answers are left out, as a page holds at most ${BUDGET_BYTES} bytes of them: GET the href of a request whose answer is null.`;
  return { budget_bytes: BUDGET_BYTES, left_out: leftOut, detail };
}

function toSummary(listed: ListedRequest): RequestSummaryDto {
  const { id, propertyId, cohort, namedMetric, error } = listed;
  const isOver = listed.status !== 'queued';
  const hasResult = listed.status === 'succeeded';
  return {
    id,
    href: requestPath(propertyId, id),
    hash: listed.hash,
    status: listed.status,
    metric: listed.metric,
    named_metric: toMetric({ propertyId, namedMetric }),
    cohort: { id: cohort.id, name: cohort.name, version: cohort.version, hash: cohort.hash },
    caller: listed.apiKeyId,
    created_at: listed.createdAt.toISOString(),
    started_at: instant(isOver ? listed.startedAt : null),
    finished_at: instant(isOver ? listed.finishedAt : null),
    as_of: instant(isOver ? listed.asOf : null),
    data_version: isOver ? listed.dataVersion : null,
    valid_until: instant(hasResult ? listed.validUntil : null),
    answer_bytes: hasResult ? listed.answerBytes : null,
    error: listed.status === 'failed' ? error : goneError(listed),
  };
}

/** The error of a removed result. A GET of the request alone is 410. */
function goneError({ status, hash, goneAt }: ListedRequest): JobError | null {
  if (status !== 'succeeded' || goneAt === null) return null;
  return jobError(resultGone({ hash, goneAt }));
}

function instant(date: Date | null): string | null {
  return date && date.toISOString();
}

/**
 * The filter that a query means; `apiKeyId` is the caller's own.
 * @throws Failure invalid_parameter for a time that is none
 */
export function filterOf(
  query: ListRequestsQuery,
  timeZone: string,
  apiKeyId: string,
): Omit<RequestFilter, 'seesPeople'> {
  const { cohort, metric, status, text, caller, created_from: from, created_to: to } = query;
  return {
    cohort,
    metric,
    status,
    text,
    apiKeyId: caller === 'me' ? apiKeyId : caller,
    createdFrom: instantOf('created_from', from, timeZone),
    createdTo: instantOf('created_to', to, timeZone),
  };
}

function instantOf(parameter: string, value: string | undefined, timeZone: string): Date | undefined {
  if (value === undefined) return undefined;
  try {
    return new Date(parseInstant(value, timeZone, ''));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw invalidParameter(parameter, error.detail);
  }
}
