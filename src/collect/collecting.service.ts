import { Injectable } from '@nestjs/common';
import type { CollectSettings } from '../core/collect/collect-settings.js';
import { EventsService } from '../events/events.service.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';
import { Ingestion } from '../properties/ingest/ingestion.service.js';
import type { CollectAnswerDto, DropReason } from './collect.dto.js';
import { CollectSettingsService } from './collect-settings.service.js';
import { CollectedBody } from './collected-body.js';
import { CountedOnce } from './counted-once.js';
import { EventPreparation } from './event-preparation.service.js';
import type { Hit } from './hit.js';
import { UserChanges } from './user-changes.service.js';
import { userAgentOf, type UserAgent } from './user-agents.js';

/** Takes what browsers and applications send: settings, then event by event, then as any other events. */
@Injectable()
export class Collecting {
  private readonly dropped;

  constructor(
    private readonly settings: CollectSettingsService,
    private readonly preparation: EventPreparation,
    private readonly ingestion: Ingestion,
    private readonly events: EventsService,
    private readonly users: UserChanges,
    private readonly once: CountedOnce,
    metrics: MetricsRegistry,
  ) {
    const help = 'Events that were sent to /v1/collect and dropped by a setting of their property.';
    this.dropped = metrics.counter('muster_collect_dropped_events', help, ['reason']);
  }

  /** Throws as POST events; what was stored before stays, and counts once when it is sent again. */
  async take(hit: Hit): Promise<CollectAnswerDto> {
    const { property, apiKeyId, revision, body, sending } = hit;
    const rules = await this.settings.at(property.id, revision);
    const agent = userAgentOf(sending.agent);
    const reason = dropReason(hit, agent, rules.settings);
    if (reason !== null) return this.drop(reason, body.events.length);
    const sender = { property, apiKeyId };
    const form = await this.ingestion.plainForm(sender, revision);
    const { items, changes, counted, counting } = await this.preparation.prepare(hit, agent, rules, form);
    // Each is done once, so whichever fails is done when all of it is sent again.
    const [taken] = await Promise.all([
      this.events.take(sender, new CollectedBody(items), form),
      changes.length > 0 ? this.users.take(sender, changes, form, hit.receivedMs) : undefined,
    ]);
    if (counting.length > 0) await this.once.confirm(property.id, counting, taken.stream, hit.receivedMs);
    const { accepted, duplicates, rejected, errors, errors_omitted: omitted } = taken;
    return {
      accepted,
      duplicates: duplicates + counted,
      rejected,
      errors,
      ...(omitted !== undefined && { errors_omitted: omitted }),
    };
  }

  private drop(reason: DropReason, events: number): CollectAnswerDto {
    this.dropped.inc({ reason }, events);
    return { accepted: 0, duplicates: 0, rejected: 0, errors: [], dropped: { [reason]: events } };
  }
}

/** By which setting all of a body is dropped; null: by none. An application calls itself what it likes. */
function dropReason({ body, sending }: Hit, { isBot }: UserAgent, { bots, gpc }: CollectSettings): DropReason | null {
  if (isBot && bots === 'drop' && !body.context.isApplication) return 'bot';
  if (gpc === 'drop' && sending.hasGpc) return 'gpc';
  return gpc === 'drop' && sending.hasDnt ? 'dnt' : null;
}
