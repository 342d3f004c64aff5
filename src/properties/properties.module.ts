import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertyDeletionsController } from './deletion/property-deletions.controller.js';
import { PropertyDeletions } from './deletion/property-deletions.service.js';
import { PropertyDeletionHandler } from './deletion/property-deletion.handler.js';
import { IdempotencyKeys } from './idempotency/idempotency-keys.service.js';
import { BatchCommitter } from './ingest/batch-committer.service.js';
import { Ingestion } from './ingest/ingestion.service.js';
import { BatchesController } from './batches/batches.controller.js';
import { BatchesService } from './batches/batches.service.js';
import { BatchDeletion } from './ledger/batch-deletion.service.js';
import { PropertySchemaController } from './schema/property-schema.controller.js';
import { PropertySchemas } from './schema/property-schemas.service.js';
import { JournalCommit } from './journal/journal-commit.service.js';
import { JournalFlush } from './journal/journal-flush.service.js';
import { JournalMemories } from './journal/journal-memory.js';
import { JournalStore } from './journal/journal-store.js';
import { UserSurveys } from './journal/user-surveys.service.js';
import { LedgerStore } from './ledger/ledger-store.js';
import { IngestLedger } from './ledger/ingest-ledger.service.js';
import { IngestRecovery } from './ledger/ingest-recovery.service.js';
import { PropertiesController } from './properties.controller.js';
import { PropertiesService } from './properties.service.js';
import { RefusedUsersController } from './refused-users/refused-users.controller.js';
import { RefusedUsers } from './refused-users/refused-users.service.js';

@Module({
  imports: [AccessModule],
  controllers: [
    PropertiesController,
    RefusedUsersController,
    PropertyDeletionsController,
    PropertySchemaController,
    BatchesController,
  ],
  providers: [
    PropertiesService,
    RefusedUsers,
    LedgerStore,
    JournalStore,
    { provide: JournalMemories, useFactory: () => new JournalMemories() },
    UserSurveys,
    JournalFlush,
    JournalCommit,
    IngestLedger,
    BatchDeletion,
    IngestRecovery,
    BatchesService,
    PropertySchemas,
    PropertyDeletionHandler,
    PropertyDeletions,
    BatchCommitter,
    Ingestion,
    IdempotencyKeys,
  ],
  exports: [
    PropertiesService,
    PropertyDeletions,
    PropertySchemas,
    RefusedUsers,
    IngestLedger,
    LedgerStore,
    Ingestion,
    JournalCommit,
    IdempotencyKeys,
  ],
})
export class PropertiesModule {}
