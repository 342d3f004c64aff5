import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AnswerTablesService } from './answer-tables.service.js';
import { Exports } from './exports.service.js';
import { ListExports } from './list-exports.service.js';
import { UserValuesService } from './user-values.service.js';

const SERVICES = [UserValuesService, AnswerTablesService, Exports, ListExports];

@Module({ imports: [AccountsModule], providers: SERVICES, exports: SERVICES })
export class ResultsModule {}
