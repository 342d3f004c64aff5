import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { NeedsSomewhere } from '../access/needs.js';
import { Failure } from '../core/failure.js';
import { isMetricId, metric as builtIn, METRIC_IDS } from '../core/metric/catalogue.js';
import { ApiPage } from '../platform/http/api-problems.js';
import { Page } from '../platform/http/page.js';
import { MetricDto, toMetricDto } from './metric.dto.js';

@ApiTags('metrics')
@Controller('v1/metrics')
export class MetricsController {
  @NeedsSomewhere('metrics:read')
  @Get()
  @ApiOperation({ summary: 'List the built-in metrics', description: 'The whole catalogue, on one page.' })
  @ApiPage(MetricDto, 'The catalogue.')
  list(): Page<MetricDto> {
    return new Page(
      METRIC_IDS.map((id) => toMetricDto(builtIn(id))),
      null,
    );
  }

  @NeedsSomewhere('metrics:read')
  @Get(':metric')
  @ApiOperation({
    summary: 'Show a metric',
    description: 'Parameters, columns, when they are null, and a worked example.',
  })
  @ApiParam({ name: 'metric', enum: METRIC_IDS })
  @ApiOkResponse({ type: MetricDto })
  get(@Param('metric') metric: string): MetricDto {
    if (!isMetricId(metric)) {
      throw new Failure('not_found', `There is no built-in metric with this id. Take one of ${METRIC_IDS.join(', ')}.`);
    }
    return toMetricDto(builtIn(metric));
  }
}
