import { Injectable } from '@nestjs/common';
import { CohortsService } from '../cohorts/cohorts.service.js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { Failure, invalid } from '../core/failure.js';
import { isGiven, isObject } from '../core/json-shape.js';
import type { RawRequest } from '../core/request/raw-request.js';
import { planRequest, type PlannedRequest } from '../core/request/plan-request.js';
import { parseTimeZone } from '../core/time/zone.js';
import { Config } from '../platform/config/config.js';
import { NamedMetricsService, type FoundMetric } from '../catalogue/named-metrics.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';

/** What a body means in its property: the canonical request, and cohort and metric as they were named. */
export interface ResolvedRequest {
  readonly planned: PlannedRequest;
  readonly cohort: ResolvedCohort;
  readonly named: FoundMetric | null;
}

/** Loads what a body names, then plans it. */
@Injectable()
export class RequestPlanning {
  constructor(
    private readonly cohorts: CohortsService,
    private readonly namedMetrics: NamedMetricsService,
    private readonly config: Config,
  ) {}

  /** @throws Failure 422 with all that is wrong with the body */
  async resolve(property: PropertyEntity, body: unknown, now: Date): Promise<ResolvedRequest> {
    const requested = requestOf(body);
    const [cohort, named] = await Promise.all([
      resolved(
        this.cohorts.resolve(property, requested.cohort, '/cohort', zoneOf(requested.time_zone) ?? property.timeZone),
      ),
      resolved(this.namedMetrics.resolve(property, requested.metric)),
    ]);
    const { timeZone, weekStart } = property;
    const context = { timeZone, weekStart, cohort, named, limits: this.config.answerLimits };
    const planned = planRequest(requested, context, now.getTime());
    // Planning has thrown where one of them is a failure.
    return { planned, cohort: cohort as ResolvedCohort, named: named as FoundMetric | null };
  }
}

/** What does not resolve is told together with everything else that is wrong. */
async function resolved<T>(resolving: Promise<T>): Promise<T | Failure> {
  try {
    return await resolving;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Null where none is given, or one that is not valid: that is told with everything else. */
function zoneOf(timeZone: unknown): string | null {
  try {
    return isGiven(timeZone) ? parseTimeZone(timeZone, '/time_zone') : null;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function requestOf(body: unknown): RawRequest {
  if (isObject(body)) return body;
  throw invalid('invalid_field', '', 'The body must be a JSON object.');
}
