import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { columnsOf, type OracleRow } from './oracle.js';
import { CENSORED, repeated } from './oracle-outcome.js';
import { reversalRate } from './request-reversal.js';
import { rollingActive } from './request-rolling.js';
import { selects } from './passes.js';
import { sessions } from './oracle-sessions.js';
import { oracleColumns, plainMetric, sessionsMetric } from './request-metric.js';
import type { MeasuredWindow, Part } from './request-parts.js';
import { timesIn, type OracleUser, type Scene } from './request-users.js';
import { elapsedMs } from './slices.js';
import type { SentEvent } from './world.js';

export type Measured = Omit<OracleRow, 'user'>;

/** Measures users in the parts of one request. */
export class Measurer {
  constructor(
    private readonly request: CanonicalRequest,
    private readonly scene: Scene,
    private readonly asOfMs: number,
  ) {}

  /** The rows of a part. `keep`: only these events are counted, and only users who have some. */
  rows(part: Part, users: readonly OracleUser[], keep?: (event: SentEvent) => boolean): OracleRow[] {
    const there = users.filter((user) => part.has(user));
    const counted = keep ? there.filter((user) => this.inside(part, user).some(keep)) : there;
    return counted.map((user) => ({ user: user.user, ...this.measure(part, user, keep ?? (() => true)) }));
  }

  /** The selected events in a user's window. Who has no window has none. */
  inside(part: Part, user: OracleUser): SentEvent[] {
    if (user.reason !== null || !part.has(user)) return [];
    const { startMs, endMs } = this.windowOf(part, user);
    return this.selected(user).filter(({ timeMs }) => startMs <= timeMs && timeMs < endMs);
  }

  private measure(part: Part, user: OracleUser, keep: (event: SentEvent) => boolean): Measured {
    const columns = oracleColumns(this.request);
    if (user.reason !== null) return { columns: repeated(columns.length, { reason: user.reason }), weight: 0 };
    const window = this.windowOf(part, user);
    const inside = this.inside(part, user).filter(keep);
    switch (String(this.request.metric)) {
      case 'rolling_active':
        return { columns: [this.rolling(part, user, keep)], weight: 0 };
      case 'reversal_rate': {
        const isSeen = part.isCell ? window.endMs <= this.asOfMs : window.startMs < this.asOfMs;
        if (!isSeen) return { columns: repeated(4, CENSORED), weight: 0 };
        return { columns: reversalRate(this.request, this.scene.events, inside), weight: 0 };
      }
      case 'sessions': {
        const { by, page } = sessionsMetric(this.request);
        const times = timesIn(this.request, this.asOfMs);
        const own = this.selected(user).filter(keep);
        return {
          columns: sessions({ by }, (event) => selects(page, event, times), { asOfMs: this.asOfMs }, window, own),
          weight: 0,
        };
      }
      default: {
        return columnsOf(
          { asOfMs: this.asOfMs },
          plainMetric(this.request),
          window,
          window.startsAtBirth ? window.originMs : user.birthMs,
          inside,
        );
      }
    }
  }

  private selected({ events }: OracleUser): SentEvent[] {
    const { event, where } = this.request.params;
    const times = timesIn(this.request, this.asOfMs);
    return events.filter((sent) => selects({ event, where }, sent, times));
  }

  private windowOf(part: Part, user: OracleUser): MeasuredWindow {
    if (String(this.request.metric) !== 'rolling_active') return part.windowOf(user);
    const endMs = this.rolledTo(part);
    const startMs = endMs - 2 * elapsedMs(String(this.request.params['u']));
    return { startMs, endMs, startsAtBirth: false, originMs: startMs };
  }

  /** The end of the slice, or as_of where that comes first or there is no slice. */
  private rolledTo({ point }: Part): number {
    return Math.min(point?.toMs ?? Infinity, this.asOfMs);
  }

  private rolling(part: Part, user: OracleUser, keep: (event: SentEvent) => boolean): OracleRow['columns'][number] {
    if (part.point && part.point.fromMs >= this.asOfMs) return CENSORED;
    return rollingActive(this.request, user, this.selected(user).filter(keep), this.rolledTo(part));
  }
}
