import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { ResultsModule } from '../results/results.module.js';
import { CohortCatalogue } from './cohort-catalogue.service.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import { CohortEvaluations } from './cohort-evaluations.service.js';
import { CohortEvaluationsController } from './cohort-evaluations.controller.js';
import { CohortEvaluationHandler } from './cohort-evaluation.handler.js';
import { CohortMembersController } from './cohort-members.controller.js';
import { CohortMembersService } from './cohort-members.service.js';
import { CohortPreview } from './cohort-preview.service.js';
import { CohortRetention } from './cohort-retention.js';
import { CohortStore } from './cohort-store.js';
import { CohortLifecycle } from './cohort-lifecycle.service.js';
import { CohortSchemaController, CohortsController } from './cohorts.controller.js';
import { CohortsService } from './cohorts.service.js';
import { EvaluationFreshness } from './evaluation-freshness.service.js';
import { LastEvaluations } from './last-evaluations.service.js';
import { MemberSetsService } from './member-sets.service.js';

@Module({
  imports: [AccessModule, PropertiesModule, ResultsModule],
  controllers: [CohortsController, CohortMembersController, CohortEvaluationsController, CohortSchemaController],
  providers: [
    CohortStore,
    CohortsService,
    CohortDefinitions,
    CohortCatalogue,
    CohortLifecycle,
    CohortPreview,
    CohortMembersService,
    CohortEvaluations,
    CohortEvaluationHandler,
    LastEvaluations,
    EvaluationFreshness,
    MemberSetsService,
    CohortRetention,
  ],
  exports: [CohortStore, CohortsService, CohortCatalogue, MemberSetsService],
})
export class CohortsModule {}
