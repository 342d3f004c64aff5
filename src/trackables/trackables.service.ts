import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { lacking } from '../access/authorization.js';
import type { GrantSet } from '../core/access/grants.js';
import { Failure, invalidParameter } from '../core/failure.js';
import { formatInstant } from '../core/time/instant.js';
import {
  TRACKABLE_TYPES,
  type TrackableGroup,
  type TrackableQuestion,
  type TrackableScope,
  type TrackableType,
} from '../core/trackables/trackable.js';
import type { Page } from '../platform/http/page.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { ExportStreams } from '../results/export-streams.service.js';
import { ListPages } from '../results/list-pages.service.js';
import { compileTrackableTotals, trackableParts, trackablesList } from '../sql/trackables/compile-trackables.js';
import { Engine, type EngineOptions } from '../stores/clickhouse/engine.js';
import type { ExportOptions } from '../stores/clickhouse/export-store.js';
import { PreviewSlots } from '../stores/limits/preview-slots.js';
import {
  TrackablePage,
  type TrackableDto,
  type TrackablePartDto,
  type TrackableQuery,
  type TrackablesQuery,
} from './trackable.dto.js';

const TOO_SLOW = 'Ask for one type or one application.';
/** Texts of the place of a part, by which pages go on. */
const KEYS: Readonly<Record<TrackableGroup, number>> = { application: 1, version: 2, user: 1, state: 1 };
const KEYS_OF_LIST = 3;

/** The figures of the engine's row. */
interface TotalsRow {
  readonly users: number;
  readonly events: number;
  readonly total?: number;
  readonly added?: number;
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
    private readonly ledger: IngestLedger,
    private readonly engine: Engine,
    private readonly pages: ListPages,
    private readonly streams: ExportStreams,
    private readonly slots: PreviewSlots,
  ) {}

  /** Null where the caller is gone. @throws Failure time_limit_exceeded, too_many_previews, invalid_parameter */
  async list(property: PropertyEntity, query: TrackablesQuery, gone: AbortSignal): Promise<Page<TrackableDto> | null> {
    const of = filterOf(query);
    return await this.read(property, gone, async (scope, options) => {
      const page = await this.pages.page(trackablesList(scope, of), KEYS_OF_LIST, query, options);
      return page as Page<unknown> as Page<TrackableDto>;
    });
  }

  /** All of the list, in a format of exports. */
  async wholeList(property: PropertyEntity, query: TrackablesQuery, options: ExportOptions): Promise<Readable> {
    return await this.ledger.readWhole(property.id, (dataVersion) =>
      this.streams.list(trackablesList(scopeOf(property, dataVersion), filterOf(query)), options),
    );
  }

  /**
   * What a call asks for.
   * @throws Failure not_found for a type that is none, invalid_parameter, forbidden by user without `people:read`
   */
  asked(type: string, name: string, query: TrackableQuery, grants: GrantSet): AskedTrackable {
    const { by = 'application', aliases = 'include', application = null } = query;
    const known = TRACKABLE_TYPES.find((one) => one === type);
    if (known === undefined) throw new Failure('not_found', `The types are ${TRACKABLE_TYPES.join(', ')}.`);
    if (by === 'state' && known !== 'state')
      throw invalidParameter('by', `A ${known} has no states: divide it by application, version or user.`);
    if (by === 'user' && !grants.has('people:read')) throw lacking('people:read', 'Figures user by user need it.');
    return { question: { type: known, name, application, aliases }, by };
  }

  /** Null where the caller is gone. @throws Failure as `list` */
  async parts(
    property: PropertyEntity,
    { question, by }: AskedTrackable,
    query: TrackableQuery,
    gone: AbortSignal,
  ): Promise<TrackablePage | null> {
    return await this.read(property, gone, async (scope, options) => {
      const page = await this.pages.page(trackableParts(scope, question, by), KEYS[by], query, options);
      const { rows } = await this.engine.rows<TotalsRow>(compileTrackableTotals(scope, question), options);
      const [totals] = rows;
      if (totals === undefined) throw new Error('An aggregate has one row');
      const whole = {
        ...question,
        by,
        as_of: formatInstant(scope.asOfMs),
        data_version: scope.dataVersion,
        totals: { ...totals, last: totals.users === 0 ? null : formatInstant(totals.last) },
      };
      return new TrackablePage(whole, page as Page<unknown> as Page<TrackablePartDto>);
    });
  }

  /** All parts, in a format of exports. */
  async wholeParts(property: PropertyEntity, asked: AskedTrackable, options: ExportOptions): Promise<Readable> {
    return await this.ledger.readWhole(property.id, (dataVersion) =>
      this.streams.list(trackableParts(scopeOf(property, dataVersion), asked.question, asked.by), options),
    );
  }

  private async read<T>(
    property: PropertyEntity,
    gone: AbortSignal,
    work: (scope: TrackableScope, options: EngineOptions) => Promise<T>,
  ): Promise<T | null> {
    return await this.slots.run(gone, TOO_SLOW, (bounds) =>
      this.ledger.readWhole(property.id, (dataVersion) =>
        work(scopeOf(property, dataVersion), { marker: `preview:${randomUUID()}`, ...bounds }),
      ),
    );
  }
}

function scopeOf({ number: propertyNumber }: PropertyEntity, dataVersion: number): TrackableScope {
  return { propertyNumber, dataVersion, asOfMs: Date.now() };
}

function filterOf({ type, application }: TrackablesQuery): {
  readonly type: TrackableType | null;
  readonly application: string | null;
} {
  return { type: type ?? null, application: application ?? null };
}
