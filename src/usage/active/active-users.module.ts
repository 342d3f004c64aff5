import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import type { Role } from '../../platform/config/config.js';
import { PropertiesModule } from '../../properties/properties.module.js';
import { ResultsModule } from '../../results/results.module.js';
import { ActiveUsersGauges } from './active-users-gauges.js';
import { ActiveUsersHandler } from './active-users.handler.js';
import { ActiveUsersMeasurement } from './active-users-measurement.js';
import { ActiveUsersSchedule } from './active-users-schedule.js';
import { ActiveUsersSettingsService } from './active-users-settings.service.js';
import { ActiveUsersStore } from './active-users-store.js';
import { ActiveUsersController } from './active-users.controller.js';
import { ActiveUsers } from './active-users.service.js';

/** Who is active: computed again and again by processes that work, answered by those that serve, gauges in all. */
@Module({})
export class ActiveUsersModule {
  static forRole(role: Role): DynamicModule {
    const answers = role !== 'worker';
    return {
      module: ActiveUsersModule,
      imports: [AccessModule, PropertiesModule, ResultsModule],
      controllers: answers ? [ActiveUsersController] : [],
      providers: [
        ActiveUsersSettingsService,
        ActiveUsersStore,
        ActiveUsersMeasurement,
        ActiveUsersHandler,
        ActiveUsersSchedule,
        ActiveUsersGauges,
        ...(answers ? [ActiveUsers] : []),
      ],
    };
  }
}
