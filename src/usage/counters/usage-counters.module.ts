import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { PropertiesModule } from '../../properties/properties.module.js';
import { ResultsModule } from '../../results/results.module.js';
import { CounterSettingsController } from './counter-settings.controller.js';
import { CounterSettingsService } from './counter-settings.service.js';
import { Counting } from './counting.service.js';
import { DayKeys } from './day-keys.js';
import { RollUps } from './roll-ups.service.js';
import { UsageCountersController } from './usage-counters.controller.js';
import { UsageLists } from './usage-lists.service.js';
import { UsageReader } from './usage-reader.service.js';

@Module({
  imports: [AccessModule, PropertiesModule, ResultsModule],
  controllers: [CounterSettingsController, UsageCountersController],
  providers: [Counting, DayKeys, RollUps, CounterSettingsService, UsageReader, UsageLists],
})
export class UsageCountersModule {}
