import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** All figures of `/metrics`. Features make theirs here, and read those of all processes together when it is asked for. */
@Injectable()
export class MetricsRegistry {
  private readonly registry = new Registry<OpenMetricsContentType>();
  private readonly reads: (() => Promise<void>)[] = [];

  constructor() {
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Calls `read` before each answer: it sets gauges to what is stored. */
  beforeAnswer(read: () => Promise<void>): void {
    this.reads.push(read);
  }

  /** @throws what a read throws */
  async text(): Promise<string> {
    await Promise.all(this.reads.map((read) => read()));
    return await this.registry.metrics();
  }

  /** One without labels is 0 until it is set, one with labels absent. */
  gauge<T extends string>(name: string, help: string, labelNames: T[] = []): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  counter<T extends string>(name: string, help: string, labelNames: T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  seconds(name: string, help: string): Histogram {
    return new Histogram({ name, help, buckets: SECONDS, registers: [this.registry] });
  }
}
