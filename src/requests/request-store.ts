import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { RequestEntity } from './request.entity.js';
import { RunEntity, type RunState } from './run/run.entity.js';
import { asRead } from './run/run-row.js';
import type { Asked } from './run/run-store.js';

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
  /** Half-open. */
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
}

const SEARCHED = `concat_ws(' ', request.id, run.hash, CAST(request.canonical AS text), request.cohort ->> 'name')`;

/** Reads requests together with their runs. */
@Injectable()
export class RequestStore {
  constructor(private readonly dataSource: DataSource) {}

  async find(propertyId: string, requestId: string): Promise<Asked | null> {
    const [asked] = await this.read(this.of(propertyId).andWhere('request.id = :requestId', { requestId }).limit(1));
    return asked ?? null;
  }

  /** The newest first; `after` is the id of the last one of the page before. */
  async page(propertyId: string, filter: RequestFilter, after: string | null, limit: number): Promise<Asked[]> {
    const query = this.of(propertyId).orderBy('request.id', 'DESC').limit(limit);
    if (after !== null) query.andWhere('request.id < :after', { after });
    if (filter.cohort !== undefined) {
      query.andWhere("(request.cohort ->> 'id' = :cohort OR request.cohort ->> 'name' = :cohort)", filter);
    }
    if (filter.metric !== undefined) {
      const named = "request.named_metric ->> 'id' = :metric OR request.named_metric ->> 'name' = :metric";
      query.andWhere(`(run.metric = :metric OR ${named})`, filter);
    }
    if (filter.status === 'cancelled') query.andWhere("(run.state = 'cancelled' OR request.detached_at IS NOT NULL)");
    else if (filter.status !== undefined) query.andWhere('run.state = :status AND request.detached_at IS NULL', filter);
    if (filter.text !== undefined) query.andWhere(`strpos(lower(${SEARCHED}), lower(:text)) > 0`, filter);
    if (filter.apiKeyId !== undefined) query.andWhere('request.api_key_id = :apiKeyId', filter);
    if (filter.createdFrom !== undefined) query.andWhere('request.created_at >= :createdFrom', filter);
    if (filter.createdTo !== undefined) query.andWhere('request.created_at < :createdTo', filter);
    return await this.read(query);
  }

  private of(propertyId: string): SelectQueryBuilder<RequestEntity> {
    return this.dataSource.manager
      .createQueryBuilder(RequestEntity, 'request')
      .innerJoinAndMapOne('request.run', RunEntity, 'run', 'run.id = request.run_id')
      .where('request.property_id = :propertyId', { propertyId });
  }

  private async read(query: SelectQueryBuilder<RequestEntity>): Promise<Asked[]> {
    const found = (await query.getMany()) as (RequestEntity & { run: RunEntity })[];
    return found.map((request) => ({ request, run: asRead(request.run) }));
  }
}
