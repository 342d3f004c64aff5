import { UPLOAD_VALIDATIONS } from './cohorts/uploads/cohort-upload.entity.js';
import { COHORT_EVALUATIONS } from './cohorts/cohort-evaluation.entity.js';
import type { JobKind } from './jobs/job-kind.js';
import { PROPERTY_DELETIONS } from './properties/deletion/property-deletion.entity.js';
import { METRIC_RUNS } from './requests/run/run.entity.js';
import { ACTIVE_USERS } from './usage/active/active-users-computation.entity.js';

/** Every kind of durable job: each has a queue, and a handler in the processes that work. */
export const JOB_KINDS: readonly JobKind[] = [
  METRIC_RUNS,
  UPLOAD_VALIDATIONS,
  COHORT_EVALUATIONS,
  PROPERTY_DELETIONS,
  ACTIVE_USERS,
];
