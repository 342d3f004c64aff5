import { Injectable } from '@nestjs/common';
import { CohortsService } from '../cohorts/cohorts.service.js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { Failure, invalid } from '../core/failure.js';
import { isObject } from '../core/json-shape.js';
import type { AskedRequest } from '../core/request/asked-request.js';
import { planRequest, type PlannedRequest } from '../core/request/plan-request.js';
import type { PropertyEntity } from '../properties/property.entity.js';

/** What a body means in its property: the canonical request, and the cohort as it was named. */
export interface ResolvedRequest {
  readonly planned: PlannedRequest;
  readonly cohort: ResolvedCohort;
}

/** Loads what a body names, then plans it. */
@Injectable()
export class RequestPlanning {
  constructor(private readonly cohorts: CohortsService) {}

  /** @throws Failure 422 with all that is wrong with the body */
  async resolve(property: PropertyEntity, body: unknown, now: Date): Promise<ResolvedRequest> {
    const asked = requestOf(body);
    const cohort = await this.cohort(property, asked.cohort);
    const calendar = { timeZone: property.timeZone, weekStart: property.weekStart };
    const planned = planRequest(asked, { ...calendar, cohort }, now.getTime());
    // Planning has thrown where there was no cohort.
    return { planned, cohort: cohort as ResolvedCohort };
  }

  /** A cohort that does not resolve is told together with everything else that is wrong. */
  private async cohort(property: PropertyEntity, cohort: unknown): Promise<ResolvedCohort | Failure> {
    try {
      return await this.cohorts.resolve(property, cohort);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }
}

function requestOf(body: unknown): AskedRequest {
  if (isObject(body)) return body;
  throw invalid('invalid_field', '', 'The body must be a JSON object.');
}
