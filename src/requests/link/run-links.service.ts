import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { parseMetric } from '../../core/metric/catalogue.js';
import { asItIs } from '../../core/metric/named/named-metric.js';
import { linkedRequest, type Link, type LinkedRequest } from '../../core/request/link/link-request.js';
import { NamedMetricsService } from '../../catalogue/named-metrics.service.js';
import type { Caller } from '../new-request.js';
import { RequestsService } from '../requests.service.js';
import type { AnswerToPoll } from '../answer/poll-headers.js';

/** Links: requests whose parameters are in the address, so that they can be pasted and shared. */
@Injectable()
export class RunLinksService {
  constructor(
    private readonly metrics: NamedMetricsService,
    private readonly requests: RequestsService,
  ) {}

  /**
   * Asks what the link stands for, by the same way as a body.
   *
   * @throws Failure not_found for a metric or a cohort of the path, invalid_parameter, and 422 as POST /requests, told by the parameters of the link
   */
  async ask(asker: Caller, link: Link, waitMs: number): Promise<AnswerToPoll> {
    const linked = await this.read(asker, link);
    try {
      return await this.requests.ask(asker, linked.body, waitMs);
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
