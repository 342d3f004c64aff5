import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { lacking } from '../access/authorization.js';
import type { GrantSet } from '../core/access/grants.js';
import { Failure, invalidParameter } from '../core/failure.js';
import { formatInstant } from '../core/time/instant.js';
import { TRACKABLE_TYPES, type TrackableGroup, type TrackableQuestion } from '../core/trackables/trackable.js';
import type { Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { LiveLists } from '../results/live-lists.service.js';
import type { DataScope } from '../sql/data-scope.js';
import type { PagedList } from '../sql/export/compile-list.js';
import { compileTrackableTotals, trackableParts, trackablesList } from '../sql/trackables/compile-trackables.js';
import { Engine, type EngineOptions } from '../stores/clickhouse/engine.js';
import type { ExportOptions } from '../stores/clickhouse/export-store.js';
import type {
  TrackableDto,
  TrackablePage,
  TrackablePartDto,
  TrackableQuery,
  TrackablesQuery,
  TrackableTotalsDto,
  TrackableWhole,
} from './trackable.dto.js';

const TOO_SLOW = 'Ask for one type or one application.';

/** The figures of the engine's row. */
interface TotalsRow extends Omit<TrackableTotalsDto, 'last'> {
  readonly last: number;
}

/** One trackable, and what its figures are divided by. */
export interface AskedTrackable {
  readonly question: TrackableQuestion;
  readonly by: TrackableGroup;
}

/** Reads what applications have tracked, from their events as these are now. */
@Injectable()
export class Trackables {
  constructor(
    private readonly lists: LiveLists,
    private readonly engine: Engine,
  ) {}

  /** Null where the caller is gone. @throws Failure time_limit_exceeded, too_many_previews, invalid_parameter */
  async list(property: PropertyEntity, query: TrackablesQuery, gone: AbortSignal): Promise<Page<TrackableDto> | null> {
    return await this.lists.read(property, gone, TOO_SLOW, (scope, options) =>
      this.lists.page<TrackableDto>(listOf(query)(scope), query, options),
    );
  }

  /** All of the list, in a format of exports. */
  async wholeList(property: PropertyEntity, query: TrackablesQuery, options: ExportOptions): Promise<Readable> {
    return await this.lists.whole(property, listOf(query), options);
  }

  /**
   * What a call asks for.
   * @throws Failure not_found for a type that is none, invalid_parameter, forbidden by user without `people:read`
   */
  asked(type: string, name: string, query: TrackableQuery, grants: GrantSet): AskedTrackable {
    const { by = 'application', aliases = 'include', application } = query;
    const known = TRACKABLE_TYPES.find((one) => one === type);
    if (known === undefined) throw new Failure('not_found', `The types are ${TRACKABLE_TYPES.join(', ')}.`);
    if (by === 'state' && known !== 'state')
      throw invalidParameter('by', `A ${known} has no states: divide it by application, version or user.`);
    if (by === 'user' && !grants.has('people:read')) throw lacking('people:read', 'Figures user by user need it.');
    return { question: { type: known, name, application: application ?? null, aliases }, by };
  }

  /** Null where the caller is gone. @throws Failure as `list` */
  async parts(
    property: PropertyEntity,
    asked: AskedTrackable,
    query: TrackableQuery,
    gone: AbortSignal,
  ): Promise<TrackablePage | null> {
    return await this.lists.read(property, gone, TOO_SLOW, async (scope, options) => {
      const page = await this.lists.page<TrackablePartDto>(partsOf(asked)(scope), query, options);
      const whole: TrackableWhole = {
        ...asked.question,
        by: asked.by,
        as_of: formatInstant(scope.asOfMs),
        data_version: scope.dataVersion,
        totals: await this.totals(scope, asked.question, options),
      };
      return Object.assign(page, whole);
    });
  }

  /** All parts, in a format of exports. */
  async wholeParts(property: PropertyEntity, asked: AskedTrackable, options: ExportOptions): Promise<Readable> {
    return await this.lists.whole(property, partsOf(asked), options);
  }

  private async totals(
    scope: DataScope,
    question: TrackableQuestion,
    options: EngineOptions,
  ): Promise<TrackableTotalsDto> {
    const { rows } = await this.engine.rows<TotalsRow>(compileTrackableTotals(scope, question), options);
    const [totals] = rows;
    if (totals === undefined) throw new Error('An aggregate has one row');
    return { ...totals, last: totals.users === 0 ? null : formatInstant(totals.last) };
  }
}

function listOf({ type, application }: TrackablesQuery): (scope: DataScope) => PagedList {
  const asked = type?.split(',') ?? TRACKABLE_TYPES;
  const of = {
    types: TRACKABLE_TYPES.filter((one) => asked.includes(one)),
    application: application ?? null,
  };
  return (scope) => trackablesList(scope, of);
}

function partsOf({ question, by }: AskedTrackable): (scope: DataScope) => PagedList {
  return (scope) => trackableParts(scope, question, by);
}
