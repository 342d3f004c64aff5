import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { parseMetric } from '../../core/metric/catalogue.js';
import { asItIs } from '../../core/metric/named/named-metric.js';
import { linkedRequest, type Link, type LinkedRequest } from '../../core/request/link/link-request.js';
import { NamedMetricsService } from '../../catalogue/named-metrics.service.js';
import type { Caller } from '../caller.js';
import { RequestSubmission } from '../request-submission.service.js';
import type { AnswerToPoll } from '../answer/answers.service.js';

/** Links: requests whose parameters are in the address, so that they can be pasted and shared. */
@Injectable()
export class RunLinksService {
  constructor(
    private readonly metrics: NamedMetricsService,
    private readonly submission: RequestSubmission,
  ) {}

  /**
   * Submits the request that the link stands for.
   *
   * @throws Failure not_found for a metric or a cohort of the path, invalid_parameter, and 422 as POST /requests, which
   * names the parameters of the link
   */
  async submit(caller: Caller, link: Link, waitMs: number): Promise<AnswerToPoll> {
    return await this.submitLinked(caller, await this.read(caller, link), waitMs);
  }

  /** Submits a request that was read from a link. @throws Failure as POST /requests, which names its parameters */
  async submitLinked(caller: Caller, linked: LinkedRequest, waitMs: number): Promise<AnswerToPoll> {
    try {
      return await this.submission.submit(caller, linked.body, waitMs);
    } catch (error) {
      throw error instanceof Failure ? linked.asLinkFailure(error) : error;
    }
  }

  private async read({ property }: Caller, link: Link): Promise<LinkedRequest> {
    const metric = await this.metrics.resolve(property, link.metric).catch((error: unknown) => {
      throw error instanceof Failure ? new Failure('not_found', error.detail) : error;
    });
    const { definition } = metric ?? asItIs(parseMetric(link.metric, '/metric'));
    return linkedRequest(link, definition);
  }
}
