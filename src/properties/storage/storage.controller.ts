import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../accounts/current-principal.js';
import type { Principal } from '../../accounts/principal.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { StorageDto } from './storage.dto.js';
import { StorageService } from './storage.service.js';

@ApiTags('properties')
@Controller('v1/storage')
export class StorageController {
  constructor(private readonly storage: StorageService) {}

  @Get()
  @ApiOperation({
    summary: 'Tell what the account stores',
    description:
      'Rows and bytes by kind, of each property and of all. Counted when it is asked, so it takes longer with more requests.',
  })
  @ApiOkResponse({ type: StorageDto })
  @ApiProblems('engine_unavailable', 'database_unavailable')
  tell(@CurrentPrincipal() { accountId }: Principal): Promise<StorageDto> {
    return this.storage.of(accountId);
  }
}
