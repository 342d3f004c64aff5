import { Injectable } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { shortDuration } from '../../core/time/duration.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import { ActiveUsersStore } from './active-users-store.js';

/**
 * The newest figures of every property as gauges, the same in every process. A property has none until they have been
 * computed.
 */
@Injectable()
export class ActiveUsersGauges {
  private readonly users: Gauge<'property' | 'window'>;
  private readonly connected: Gauge<'property'>;
  private readonly computed: Gauge<'property'>;

  constructor(
    private readonly store: ActiveUsersStore,
    metrics: MetricsRegistry,
  ) {
    this.users = metrics.gauge('muster_active_users', 'Users who were active in the window, of all processes.', [
      'property',
      'window',
    ]);
    this.connected = metrics.gauge('muster_connected_users', 'Users with an open session, of all processes.', [
      'property',
    ]);
    this.computed = metrics.gauge(
      'muster_active_users_computed_timestamp_seconds',
      'When the active users of the property were computed.',
      ['property'],
    );
    metrics.beforeAnswer(() => this.read());
  }

  /** @throws what the database throws */
  private async read(): Promise<void> {
    const all = await this.store.newestOfAll();
    for (const gauge of [this.users, this.connected, this.computed]) gauge.reset();
    for (const { property, figures, finishedAt } of all) {
      for (const { window, users } of figures.windows)
        this.users.set({ property, window: shortDuration(window) }, users);
      if (figures.connected !== null) this.connected.set({ property }, figures.connected);
      this.computed.set({ property }, finishedAt.getTime() / 1000);
    }
  }
}
