import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Exports } from './exports.service.js';
import { ExportStreams } from './export-streams.service.js';
import { ListPages } from './list-pages.service.js';
import { UserValuesService } from './user-values.service.js';

const SERVICES = [UserValuesService, Exports, ExportStreams, ListPages];

@Module({ imports: [AccessModule], providers: SERVICES, exports: SERVICES })
export class ResultsModule {}
