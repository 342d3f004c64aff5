import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Role } from '../../platform/config/config.js';
import { AccessModule } from '../../access/access.module.js';
import { PropertiesModule } from '../../properties/properties.module.js';
import { ResultsModule } from '../../results/results.module.js';
import { CohortsModule } from '../cohorts.module.js';
import { CohortUploadsController } from './cohort-uploads.controller.js';
import { CohortValidationController } from './cohort-validation.controller.js';
import { UploadFinisher } from './upload-finisher.service.js';
import { UploadReceiver } from './upload-receiver.service.js';
import { UploadRowsController } from './upload-rows.controller.js';
import { UploadRowsService } from './upload-rows.service.js';
import { UploadRetention } from './upload-retention.js';
import { UploadValidationHandler } from './upload-validation.handler.js';
import { UploadsService } from './uploads.service.js';

const ASKING: Provider[] = [UploadReceiver, UploadsService, UploadFinisher, UploadRowsService];

/** `api` takes uploads and leaves their validation to others, `worker` only validates, `all` does both. */
@Module({})
export class CohortUploadsModule {
  static forRole(role: Role): DynamicModule {
    const asks = role !== 'worker';
    const works = role !== 'api';
    return {
      module: CohortUploadsModule,
      imports: [AccessModule, PropertiesModule, CohortsModule, ResultsModule],
      controllers: asks ? [CohortUploadsController, UploadRowsController, CohortValidationController] : [],
      providers: [UploadValidationHandler, ...(asks ? ASKING : []), ...(works ? [UploadRetention] : [])],
    };
  }
}
