import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { Probes, type Probe } from './probes.js';
import { Readiness } from './readiness.js';

/** `/livez` and `/readyz`. The stores to ask are given by the composition root, which alone knows them. */
@Module({})
export class HealthModule {
  static forRoot<T extends unknown[]>(stores: {
    inject: InjectionToken[];
    useFactory: (...stores: T) => Readonly<Record<string, Probe>>;
  }): DynamicModule {
    const probes = {
      provide: Probes,
      inject: stores.inject,
      useFactory: (...injected: T): Probes => ({ all: stores.useFactory(...injected) }),
    };
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [Readiness, probes],
      exports: [Readiness],
    };
  }
}
