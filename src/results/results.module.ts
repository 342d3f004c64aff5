import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Exports } from './exports.service.js';
import { ExportStreams } from './export-streams.service.js';
import { UserValuesService } from './user-values.service.js';

const SERVICES = [UserValuesService, Exports, ExportStreams];

@Module({ imports: [AccessModule], providers: SERVICES, exports: SERVICES })
export class ResultsModule {}
