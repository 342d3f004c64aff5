import { Module } from '@nestjs/common';
import { UserValuesService } from './user-values.service.js';

@Module({ providers: [UserValuesService], exports: [UserValuesService] })
export class ResultsModule {}
