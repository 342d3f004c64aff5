import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Ingestion } from './ingest/ingestion.service.js';
import { IngestLedger } from './ledger/ingest-ledger.service.js';
import { IngestRecovery } from './ledger/ingest-recovery.service.js';
import { PropertiesController } from './properties.controller.js';
import { PropertiesService } from './properties.service.js';
import { PropertyGuard } from './property.guard.js';

@Module({
  controllers: [PropertiesController],
  providers: [
    PropertiesService,
    IngestLedger,
    IngestRecovery,
    Ingestion,
    { provide: APP_GUARD, useClass: PropertyGuard },
  ],
  exports: [PropertiesService, IngestLedger, Ingestion],
})
export class PropertiesModule {}
