import { Module } from '@nestjs/common';
import { AnswerTablesService } from './answer-tables.service.js';
import { UserValuesService } from './user-values.service.js';

@Module({ providers: [UserValuesService, AnswerTablesService], exports: [UserValuesService, AnswerTablesService] })
export class ResultsModule {}
