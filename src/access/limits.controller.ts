import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Config } from '../platform/config/config.js';
import { limitsOf, type ServiceLimit } from '../platform/config/limits.js';
import { NeedsSomewhere } from './needs.js';

class LimitDto implements ServiceLimit {
  @ApiProperty({ example: 'key_requests_per_second' })
  name!: string;

  @ApiProperty({ description: 'In the unit of the setting; 0 often stands for no limit, see the description.' })
  value!: number;

  @ApiProperty({ description: 'Empty where it is a number of things.', example: 'per second' })
  unit!: string;

  @ApiProperty({ description: 'The setting that changes it.', example: 'MUSTER_KEY_REQUESTS_PER_SECOND' })
  setting!: string;

  @ApiProperty()
  description!: string;
}

class LimitsDto {
  @ApiProperty({ type: [LimitDto] })
  data!: LimitDto[];
}

@ApiTags('account')
@Controller('v1/limits')
export class LimitsController {
  constructor(private readonly config: Config) {}

  @NeedsSomewhere('usage:read')
  @Get()
  @ApiOperation({
    summary: 'List the limits of the service',
    description:
      'Every limit with its value and its setting. Of requests a second, the headers `RateLimit-Policy` and `RateLimit` of each answer tell what is left.',
  })
  @ApiOkResponse({ type: LimitsDto })
  list(): LimitsDto {
    return { data: limitsOf(this.config) };
  }
}
