import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ResultsModule } from '../results/results.module.js';
import { TrackablesController } from './trackables.controller.js';
import { Trackables } from './trackables.service.js';

/** What applications track of their users, read from their events. */
@Module({
  imports: [AccessModule, ResultsModule],
  controllers: [TrackablesController],
  providers: [Trackables],
})
export class TrackablesModule {}
