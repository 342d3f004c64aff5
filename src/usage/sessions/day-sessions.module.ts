import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ResultsModule } from '../../results/results.module.js';
import { DaySessionsController } from './day-sessions.controller.js';

/** Single sessions of visitors, read from their events. */
@Module({ imports: [AccessModule, ResultsModule], controllers: [DaySessionsController] })
export class DaySessionsModule {}
