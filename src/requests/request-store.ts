import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import type { JobError } from '../jobs/job-kind.js';
import { LedgerStore, ledgerStateOf, type LedgerStateRow } from '../properties/ledger/ledger-store.js';
import { RequestEntity, type RequestCohort, type RequestMetric } from './run/request.entity.js';
import { RunEntity, type RunState } from './run/run.entity.js';
import { asRead } from './run/run-row.js';
import type { RequestAndRun } from './run/run-admission.js';

/** Which requests of a property a list holds; all of what is given must hold. */
export interface RequestFilter {
  /** Id or name of a saved cohort. */
  readonly cohort?: string | undefined;
  /** Id of a built-in; id or name of a named metric. */
  readonly metric?: string | undefined;
  readonly status?: RunState | undefined;
  /** A part of id, hash, canonical request or name of the cohort, in any case. */
  readonly text?: string | undefined;
  readonly apiKeyId?: string | undefined;
  /** Whether the caller may see single users: without, `text` is looked for in fewer places. */
  readonly seesPeople: boolean;
  /** Half-open. */
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
}

/** A request in a list. */
export interface ListedRequest {
  readonly id: string;
  readonly propertyId: string;
  readonly apiKeyId: string;
  readonly cohort: RequestCohort;
  readonly namedMetric: RequestMetric | null;
  readonly hash: string;
  readonly metric: string;
  readonly status: RunState;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly asOf: Date | null;
  readonly validUntil: Date | null;
  readonly goneAt: Date | null;
  readonly dataVersion: number | null;
  readonly error: JobError | null;
  /** Of the canonical request, and of the result where there is one, as JSON. */
  readonly requestBytes: number;
  readonly answerBytes: number | null;
  /** The result stands apart from the row of its run. */
  readonly isApart: boolean;
}

/** PostgreSQL returns bigint as text. */
type ListedRow = Omit<ListedRequest, 'dataVersion'> & { readonly dataVersion: string | null };

const LISTED: Readonly<Record<keyof ListedRequest, string>> = {
  id: 'request.id',
  propertyId: 'request.property_id',
  apiKeyId: 'request.api_key_id',
  cohort: 'request.cohort',
  namedMetric: 'request.named_metric',
  hash: 'run.hash',
  metric: 'run.metric',
  status: "CASE WHEN request.detached_at IS NULL THEN run.state ELSE 'cancelled' END",
  createdAt: 'request.created_at',
  startedAt: 'run.started_at',
  finishedAt: 'run.finished_at',
  asOf: 'run.as_of',
  validUntil: 'run.valid_until',
  goneAt: 'run.gone_at',
  dataVersion: 'run.data_version',
  error: 'run.error',
  requestBytes: 'octet_length(CAST(run.canonical AS text))',
  answerBytes: 'run.result_bytes',
  isApart: 'run.result_chunks IS NOT NULL',
};

const SEARCHED = `concat_ws(' ', request.id, run.hash, CAST(request.canonical AS text), request.cohort ->> 'name')`;

/** A hash of a list tells whether a list that is guessed is the one. */
const SEARCHED_WITHOUT_PEOPLE = `concat_ws(' ', request.id, run.metric, request.cohort ->> 'name')`;

/** Reads requests together with their runs. */
@Injectable()
export class RequestStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: LedgerStore,
  ) {}

  /** With the standing of the property at the same moment. */
  async find(propertyId: string, requestId: string): Promise<RequestAndRun | null> {
    const state = this.ledger.stateStatement(propertyId).sql.replaceAll('$1', ':propertyId');
    const { entities, raw } = await this.of(propertyId)
      .andWhere('request.id = :requestId', { requestId })
      .addSelect(`(SELECT row_to_json(standing) FROM (${state}) AS standing)`, 'ledger_state')
      .limit(1)
      .getRawAndEntities<{ ledger_state: LedgerStateRow | null }>();
    const [request] = entities as (RequestEntity & { run: RunEntity })[];
    if (request === undefined) return null;
    return { request, run: asRead(request.run), state: ledgerStateOf(raw[0]?.ledger_state ?? undefined) };
  }

  /**
   * Without what may be large: canonical requests and results. The newest first; `after` is the id of the last one of
   * the page before.
   */
  async list(propertyId: string, filter: RequestFilter, after: string | null, limit: number): Promise<ListedRequest[]> {
    const query = this.of(propertyId).orderBy('request.id', 'DESC').limit(limit).select([]);
    for (const [name, sql] of Object.entries(LISTED)) query.addSelect(sql, name);
    if (after !== null) query.andWhere('request.id < :after', { after });
    narrow(query, filter);
    const rows: ListedRow[] = await query.getRawMany();
    return rows.map((row) => ({ ...row, dataVersion: row.dataVersion === null ? null : Number(row.dataVersion) }));
  }

  private of(propertyId: string): SelectQueryBuilder<RequestEntity> {
    return this.dataSource.manager
      .createQueryBuilder(RequestEntity, 'request')
      .innerJoinAndMapOne('request.run', RunEntity, 'run', 'run.id = request.run_id')
      .where('request.property_id = :propertyId', { propertyId });
  }
}

function narrow(query: SelectQueryBuilder<RequestEntity>, filter: RequestFilter): void {
  if (filter.cohort !== undefined) {
    query.andWhere("(request.cohort ->> 'id' = :cohort OR request.cohort ->> 'name' = :cohort)", filter);
  }
  if (filter.metric !== undefined) {
    const named = "request.named_metric ->> 'id' = :metric OR request.named_metric ->> 'name' = :metric";
    query.andWhere(`(run.metric = :metric OR ${named})`, filter);
  }
  if (filter.status === 'cancelled') query.andWhere("(run.state = 'cancelled' OR request.detached_at IS NOT NULL)");
  else if (filter.status !== undefined) query.andWhere('run.state = :status AND request.detached_at IS NULL', filter);
  if (filter.text !== undefined) {
    const searched = filter.seesPeople ? SEARCHED : SEARCHED_WITHOUT_PEOPLE;
    query.andWhere(`strpos(lower(${searched}), lower(:text)) > 0`, filter);
  }
  if (filter.apiKeyId !== undefined) query.andWhere('request.api_key_id = :apiKeyId', filter);
  if (filter.createdFrom !== undefined) query.andWhere('request.created_at >= :createdFrom', filter);
  if (filter.createdTo !== undefined) query.andWhere('request.created_at < :createdTo', filter);
}
