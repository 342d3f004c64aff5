import { Readable } from 'node:stream';
import { Controller, Get, Headers, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../access/current-principal.js';
import { NeedsOfAccount } from '../../access/needs.js';
import type { Principal } from '../../access/principal.js';
import { ApiProblems, pageSchema } from '../../platform/http/api-problems.js';
import { preferredType, Produces } from '../../platform/http/negotiation.js';
import type { Page } from '../../platform/http/page.js';
import { csvHeader, csvLine } from '../../results/csv.js';
import { exportContent, FORMATS } from '../../results/export-format.js';
import { Exports } from '../../results/exports.service.js';
import { escapedText, type CsvStyle } from '../../sql/export/csv-sql.js';
import { AuditLog } from './audit-log.service.js';
import { AUDIT_COLUMNS, AuditEntryDto, AuditQuery } from './audit.dto.js';

const TYPES = [FORMATS.json, FORMATS.ndjson, FORMATS.csv];

@ApiTags('account')
@ApiExtraModels(AuditEntryDto)
@Controller('v1/account/audit')
export class AuditController {
  constructor(
    private readonly log: AuditLog,
    private readonly exports: Exports,
  ) {}

  @NeedsOfAccount('account:read')
  @Get()
  @Produces(...TYPES)
  @ApiOperation({
    summary: 'Read the audit log',
    description:
      'Who did what to which thing, from where and with which result: keys, properties, what was deleted, exports of people. The newest first; JSON is paged, NDJSON and CSV hold all of what the query says.',
  })
  @ApiOkResponse({
    description: 'A page as JSON, or all entries.',
    content: exportContent(pageSchema(AuditEntryDto), { $ref: getSchemaPath(AuditEntryDto) }, TYPES),
    headers: { Link: { description: 'The next page: <...>; rel="next"', schema: { type: 'string' } } },
  })
  @ApiProblems('invalid_parameter', 'too_many_exports')
  async read(
    @CurrentPrincipal() { accountId }: Principal,
    @Query() query: AuditQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<AuditEntryDto> | StreamableFile> {
    const format = this.exports.requestedFormat(query, preferredType(accept, TYPES) ?? accept, reply);
    if (format === 'json') return await this.log.page(accountId, query);
    const entries = this.log.all(accountId, query);
    const call = { format, query, reply, name: 'audit' };
    return await this.exports.answer(call, ({ csv }) =>
      Promise.resolve(Readable.from(format === 'csv' ? csvOf(entries, csv) : linesOf(entries))),
    );
  }
}

async function* linesOf(entries: AsyncIterable<readonly AuditEntryDto[]>): AsyncGenerator<string> {
  for await (const some of entries) yield some.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

async function* csvOf(entries: AsyncIterable<readonly AuditEntryDto[]>, style: CsvStyle): AsyncGenerator<string> {
  yield csvHeader(AUDIT_COLUMNS, style);
  for await (const some of entries) {
    yield some
      .map((entry) =>
        csvLine(
          AUDIT_COLUMNS.map((name) => cellText(entry[name], style)),
          style,
        ),
      )
      .join('');
  }
}

function cellText(value: string | number | null, style: CsvStyle): string {
  return typeof value === 'string' ? escapedText(value, style) : String(value ?? '');
}
