import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { WholeNumber } from '../platform/http/query-parameters.js';
import { ListExportQuery } from '../results/export-query.dto.js';

const VERSION = 'version must be the number of a version, from 1';

export class MemberQuery extends ListExportQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'A version of the cohort; absent: the current one.',
  })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: VERSION })
  @Min(1, { message: VERSION })
  @Max(2_147_483_647, { message: VERSION })
  version?: number;
}
