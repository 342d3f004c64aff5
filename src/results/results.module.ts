import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { Exports } from './exports.service.js';
import { ExportStreams } from './export-streams.service.js';
import { LiveLists } from './live-lists.service.js';
import { UserValuesService } from './user-values.service.js';

const SERVICES = [UserValuesService, Exports, ExportStreams, LiveLists];

@Module({ imports: [AccessModule, PropertiesModule], providers: SERVICES, exports: SERVICES })
export class ResultsModule {}
