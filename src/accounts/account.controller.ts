import { Body, Controller, Delete, Get, Patch, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { Audited } from '../access/audits.js';
import { CurrentPrincipal } from '../access/current-principal.js';
import { NeedsOfAccount } from '../access/needs.js';
import type { Principal } from '../access/principal.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { clearSessionCookie } from '../access/session-cookie.js';
import { Failure } from '../core/failure.js';
import { AccountDeletion } from './account-deletion.service.js';
import { AccountChangesDto, AccountDeletionDto, AccountDto, DeleteAccountQuery } from './account.dto.js';
import { AccountEntity } from './account.entity.js';

@ApiTags('account')
@Controller('v1/account')
export class AccountController {
  constructor(
    private readonly database: DataSource,
    private readonly deletion: AccountDeletion,
  ) {}

  @NeedsOfAccount('account:read')
  @Get()
  @ApiOperation({ summary: 'Show the account', description: 'That of the caller.' })
  @ApiOkResponse({ type: AccountDto })
  async get(@CurrentPrincipal() { accountId: id }: Principal): Promise<AccountDto> {
    const account = await this.database.manager.findOneBy(AccountEntity, { id });
    if (account === null) throw new Failure('not_found', 'The account has been deleted.');
    return { id, name: account.name, created_at: account.createdAt.toISOString() };
  }

  @NeedsOfAccount('account:write')
  @Audited('account.change')
  @Patch()
  @ApiOperation({ summary: 'Change the account', description: 'Its name, which is for people.' })
  @ApiBody({ type: AccountChangesDto })
  @ApiOkResponse({ type: AccountDto })
  @ApiProblems('invalid_field', 'unknown_field')
  async change(@CurrentPrincipal() principal: Principal, @Body() { name }: AccountChangesDto): Promise<AccountDto> {
    await this.database.manager.update(AccountEntity, { id: principal.accountId }, { name });
    return await this.get(principal);
  }

  @NeedsOfAccount('account:write')
  @Audited('account.delete')
  @Delete()
  @ApiOperation({
    summary: 'Delete the account with all that it owns',
    description:
      'For owners. Keys, sessions, invitations and members end with the answer, and persons who are in no other account are forgotten. The properties are unknown from then on; their data are removed by jobs. The audit log stays its time, for who runs the service. There is no way back.',
  })
  @ApiOkResponse({ type: AccountDeletionDto })
  @ApiProblems('not_found')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Query() { confirm }: DeleteAccountQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDeletionDto> {
    const receipt = await this.deletion.delete(principal, confirm);
    if (principal.sessionId !== null) clearSessionCookie(request, reply);
    return receipt;
  }
}
