import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';
import { Config } from '../config/config.js';
import { DiskSpace } from './disk-space.js';
import { HealthController, Probes, type Probe } from './health.controller.js';
import { Readiness } from './readiness.js';

/**
 * `/livez` and `/readyz`, and whether there is room to write. The composition root gives the stores to check, as it
 * alone knows them.
 */
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
    const disk = {
      provide: DiskSpace,
      inject: [{ token: Config, optional: true }],
      useFactory: (config?: Config): DiskSpace => new DiskSpace(config),
    };
    return {
      module: HealthModule,
      global: true,
      controllers: [HealthController],
      providers: [Readiness, probes, disk],
      exports: [Readiness, DiskSpace],
    };
  }
}
