import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import { CurrentPrincipal } from '../../access/current-principal.js';
import type { Principal } from '../../access/principal.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import type { Page } from '../../platform/http/page.js';
import { CurrentProperty } from '../current-property.js';
import { PropertyEntity } from '../property.entity.js';
import { BatchDto, ListBatchesQuery } from './batch.dto.js';
import { BatchesService } from './batches.service.js';

@ApiTags('batches')
@Controller('v1/properties/:property/batches')
export class BatchesController {
  constructor(private readonly batches: BatchesService) {}

  @Needs('events:read')
  @Get()
  @ApiOperation({
    summary: 'List what was sent',
    description:
      'The newest first: events, users, and deletions of these. A long stream is several batches of one `stream`.',
  })
  @ApiPage(BatchDto, 'The batches that have their end.')
  list(@CurrentProperty() property: PropertyEntity, @Query() query: ListBatchesQuery): Promise<Page<BatchDto>> {
    return this.batches.list(property, query);
  }

  @Needs('events:read')
  @Get(':seq')
  @ApiOperation({ summary: 'Show a batch', description: 'Also one that is still open, or that was taken back.' })
  @ApiOkResponse({ type: BatchDto })
  @ApiProblems('not_found')
  get(@CurrentProperty() property: PropertyEntity, @Param('seq') seq: string): Promise<BatchDto> {
    return this.batches.get(property, seq);
  }

  @Needs('property:write')
  @Audited('batch.delete')
  @Delete(':seq')
  @ApiOperation({
    summary: 'Take a batch back',
    description:
      'Its events count no more, and what had been dropped as their duplicate does not come back; the same event sent later counts. Of users, what other batches say of them holds again. The deletion has an ingest sequence of its own, `deleted_by`, and stored results that read the batch tell `moved: batches`. A second time it changes nothing.',
  })
  @ApiOkResponse({ type: BatchDto })
  @ApiProblems('not_found', 'batch_open', 'batch_is_deletion', 'engine_unavailable')
  delete(
    @CurrentProperty() property: PropertyEntity,
    @CurrentPrincipal() { id: apiKeyId }: Principal,
    @Param('seq') seq: string,
  ): Promise<BatchDto> {
    return this.batches.delete(property, seq, apiKeyId);
  }
}
