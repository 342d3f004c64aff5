import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsSomewhere } from '../../access/needs.js';
import { CurrentPrincipal } from '../../access/current-principal.js';
import type { Principal } from '../../access/principal.js';
import { propertiesWith } from '../../core/access/access.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { StorageDto } from './storage.dto.js';
import { StorageService } from './storage.service.js';

@ApiTags('properties')
@Controller('v1/storage')
export class StorageController {
  constructor(private readonly storage: StorageService) {}

  @NeedsSomewhere('property:read')
  @Get()
  @ApiOperation({
    summary: 'Tell what the properties of the account store',
    description:
      'Rows and bytes by kind, of each property that the caller sees and of all these. Counted when it is asked, so it takes longer with more requests.',
  })
  @ApiOkResponse({ type: StorageDto })
  @ApiProblems('engine_unavailable', 'database_unavailable')
  tell(@CurrentPrincipal() { accountId, access }: Principal): Promise<StorageDto> {
    return this.storage.of(accountId, propertiesWith(access, 'property:read'));
  }
}
