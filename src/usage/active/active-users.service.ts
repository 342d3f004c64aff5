import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { WEEK_DAYS } from '../../core/time/week-day.js';
import { formatInstant } from '../../core/time/instant.js';
import { planActiveUsers } from '../../core/usage/active-users-plan.js';
import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import type { ActiveUsersSettings } from '../../core/usage/active-users-settings.js';
import {
  parseRequestedInstants,
  type RequestedHistory,
  type RequestedInstants,
  type WrittenInstants,
} from '../../core/usage/requested-instants.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { PreviewSlots } from '../../stores/limits/preview-slots.js';
import { ActiveUsersMeasurement } from './active-users-measurement.js';
import { ActiveUsersSettingsService } from './active-users-settings.service.js';
import { ActiveUsersStore } from './active-users-store.js';
import {
  figuresOf,
  toComputedDto,
  toPointDto,
  type ActiveUsersDto,
  type ActiveUsersHistoryDto,
} from './active-users.dto.js';

const TOO_SLOW = 'Ask for a shorter history.';

/** Figures of several instants under one data version. */
interface Measured {
  readonly figures: readonly ActiveUsersFigures[];
  readonly dataVersion: number;
}

/** Answers who is active: by what was computed last, and for the past by counting anew. */
@Injectable()
export class ActiveUsers {
  constructor(
    private readonly settings: ActiveUsersSettingsService,
    private readonly store: ActiveUsersStore,
    private readonly measurement: ActiveUsersMeasurement,
    private readonly ledger: IngestLedger,
    private readonly slots: PreviewSlots,
  ) {}

  /** @throws Failure invalid_parameter, limit_exceeded */
  parse({ timeZone, weekStart }: PropertyEntity, written: WrittenInstants): RequestedInstants {
    const calendar = { timeZone, weekStart: WEEK_DAYS.find((day) => day === weekStart) ?? 'monday' };
    return parseRequestedInstants(written, calendar, Date.now());
  }

  /**
   * At one instant, or the newest by the settings in force; where these were not computed yet, now. Null where the
   * caller is gone.
   * @throws Failure time_limit_exceeded, memory_limit_exceeded, engine_memory_exhausted, too_many_previews
   */
  async single(property: PropertyEntity, atMs: number | null, gone: AbortSignal): Promise<ActiveUsersDto | null> {
    const { settings, version } = await this.settings.of(property.id);
    const newest = atMs === null ? await this.store.newest(property.id, version) : null;
    if (newest !== null) return toComputedDto(newest);
    const instant = atMs ?? Date.now();
    const measured = await this.measure(property, settings, [instant], gone);
    const [figures] = measured?.figures ?? [];
    if (!measured || figures === undefined) return null;
    return {
      as_of: formatInstant(instant),
      data_version: measured.dataVersion,
      ...figuresOf(figures),
      computed_at: new Date().toISOString(),
    };
  }

  /** One point for each slice. Null where the caller is gone. @throws Failure as `single` */
  async history(
    property: PropertyEntity,
    { interval, slices }: RequestedHistory,
    gone: AbortSignal,
  ): Promise<ActiveUsersHistoryDto | null> {
    const { settings } = await this.settings.of(property.id);
    const instants = slices.map(({ asOfMs }) => asOfMs);
    const measured = await this.measure(property, settings, instants, gone);
    if (!measured) return null;
    return {
      interval,
      time_zone: property.timeZone,
      data_version: measured.dataVersion,
      computed_at: new Date().toISOString(),
      data: slices.flatMap((slice, i) => {
        const figures = measured.figures[i];
        return figures === undefined ? [] : [toPointDto(slice, figures)];
      }),
    };
  }

  private async measure(
    { id, number: propertyNumber, timeZone }: PropertyEntity,
    settings: ActiveUsersSettings,
    instants: readonly number[],
    gone: AbortSignal,
  ): Promise<Measured | null> {
    return await this.slots.run(gone, TOO_SLOW, (bounds) =>
      this.ledger.readWhole(id, async (dataVersion) => {
        const plan = planActiveUsers(settings, { propertyNumber, dataVersion, timeZone }, instants);
        const options = { marker: `preview:${randomUUID()}`, ...bounds };
        const { figures } = await this.measurement.measure(plan, options);
        return { figures, dataVersion };
      }),
    );
  }
}
