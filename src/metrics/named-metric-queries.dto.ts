import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { METRIC_IDS } from '../core/metric/metric.js';
import { PageQuery } from '../platform/http/page-query.dto.js';

const TEXT = 'text must be a text of 1 to 200 characters';

/** Query of GET .../metrics; all of what is given must hold. */
export class ListMetricsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'A part of the name, the title or the description, in any case.' })
  @IsOptional()
  @IsString({ message: TEXT })
  @Length(1, 200, { message: TEXT })
  text?: string;

  @ApiPropertyOptional({ enum: METRIC_IDS, description: 'The built-in that is measured.' })
  @IsOptional()
  @IsIn(METRIC_IDS, { message: `metric must be one of ${METRIC_IDS.join(', ')}` })
  metric?: string;

  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'true: the archived ones instead.' })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'archived must be true or false' })
  archived?: string;
}
