import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IngestLedger } from './ledger/ingest-ledger.service.js';
import { PropertiesController } from './properties.controller.js';
import { PropertiesService } from './properties.service.js';
import { PropertyGuard } from './property.guard.js';

@Module({
  controllers: [PropertiesController],
  providers: [PropertiesService, IngestLedger, { provide: APP_GUARD, useClass: PropertyGuard }],
  exports: [PropertiesService, IngestLedger],
})
export class PropertiesModule {}
