import { RateCounterEntity } from './access/rate-counter.entity.js';
import { AccountEntity } from './accounts/account.entity.js';
import { AuditEntryEntity } from './accounts/audit/audit-entry.entity.js';
import { InvitationEntity, MemberEntity, PersonEntity } from './accounts/members/member.entity.js';
import { SessionEntity, SignInFailureEntity } from './accounts/sessions/session.entity.js';
import { ApiKeyEntity, ApiKeySecretEntity } from './accounts/api-key.entity.js';
import { IdentityEntity, IdentityProviderEntity, ProviderSignInEntity } from './accounts/providers/provider.entity.js';
import { TokenIssuerEntity } from './accounts/tokens/token-issuer.entity.js';
import { CollectNoteEntity } from './collect/collect-note.entity.js';
import { CollectSettingsEntity } from './collect/collect-settings.entity.js';
import { DayKeyEntity } from './stores/postgres/day-key.entity.js';
import { StoredSecretEntity } from './stores/secrets/stored-secret.entity.js';
import { CohortEvaluationEntity } from './cohorts/cohort-evaluation.entity.js';
import { CohortVersionEntity } from './cohorts/cohort-version.entity.js';
import { CohortEntity } from './cohorts/cohort.entity.js';
import { CohortUploadEntity } from './cohorts/uploads/cohort-upload.entity.js';
import { MemberSetEntity } from './cohorts/member-set.entity.js';
import { NamedMetricVersionEntity, NamedMetricEntity } from './catalogue/named-metric.entity.js';
import { PropertyDeletionEntity } from './properties/deletion/property-deletion.entity.js';
import { IdempotencyKeyEntity } from './properties/idempotency/idempotency-key.entity.js';
import { JournalEntryEntity } from './properties/journal/journal-entry.entity.js';
import { BatchEntity } from './properties/ledger/batch.entity.js';
import { IngestCounterEntity } from './properties/ledger/ingest-counter.entity.js';
import { OpenBatchEntity } from './properties/ledger/open-batch.entity.js';
import { ChangedDayEntity } from './properties/ledger/changed-day.entity.js';
import { PropertyRevisionEntity } from './properties/property-revision.entity.js';
import { PropertyEntity } from './properties/property.entity.js';
import { RefusedUsersEntity } from './properties/refused-users/refused-users.entity.js';
import { AnswerChunkEntity } from './requests/run/answer-chunks.js';
import { SchemaSumEntity } from './properties/schema/schema-sum.entity.js';
import { RequestEntity } from './requests/run/request.entity.js';
import { RunEntity } from './requests/run/run.entity.js';
import { ActiveUsersComputationEntity } from './usage/active/active-users-computation.entity.js';
import { ActiveUsersSettingsEntity } from './usage/active/active-users-settings.entity.js';
import { UsageCounterEntity } from './usage/counters/usage-counter.entity.js';
import {
  UsageBatchEntity,
  UsageCountEntity,
  UsageMarkEntity,
  UsageSeenEntity,
} from './usage/counters/usage-rows.entity.js';

/** Every table of PostgreSQL that is ours; migrations/postgres is held equal to it by a test. */
export const ENTITIES = [
  AccountEntity,
  ApiKeyEntity,
  ApiKeySecretEntity,
  AuditEntryEntity,
  PersonEntity,
  MemberEntity,
  InvitationEntity,
  SessionEntity,
  SignInFailureEntity,
  IdentityProviderEntity,
  IdentityEntity,
  ProviderSignInEntity,
  TokenIssuerEntity,
  StoredSecretEntity,
  PropertyEntity,
  PropertyRevisionEntity,
  RefusedUsersEntity,
  PropertyDeletionEntity,
  IdempotencyKeyEntity,
  IngestCounterEntity,
  OpenBatchEntity,
  BatchEntity,
  JournalEntryEntity,
  ChangedDayEntity,
  SchemaSumEntity,
  CohortEntity,
  CohortVersionEntity,
  CohortEvaluationEntity,
  CohortUploadEntity,
  MemberSetEntity,
  NamedMetricEntity,
  NamedMetricVersionEntity,
  RequestEntity,
  RunEntity,
  AnswerChunkEntity,
  RateCounterEntity,
  ActiveUsersSettingsEntity,
  ActiveUsersComputationEntity,
  UsageCounterEntity,
  UsageCountEntity,
  UsageSeenEntity,
  UsageBatchEntity,
  UsageMarkEntity,
  DayKeyEntity,
  CollectSettingsEntity,
  CollectNoteEntity,
];
