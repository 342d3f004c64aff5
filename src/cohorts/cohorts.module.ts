import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { CohortMembersService } from './cohort-members.service.js';
import { CohortsController } from './cohorts.controller.js';
import { CohortsService } from './cohorts.service.js';
import { MemberSetsService } from './member-sets.service.js';

@Module({
  imports: [PropertiesModule],
  controllers: [CohortsController],
  providers: [CohortsService, CohortMembersService, MemberSetsService],
  exports: [CohortsService],
})
export class CohortsModule {}
