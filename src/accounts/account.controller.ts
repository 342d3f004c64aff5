import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Audited } from '../access/audits.js';
import { CurrentPrincipal } from '../access/current-principal.js';
import { NeedsOfAccount } from '../access/needs.js';
import type { Principal } from '../access/principal.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { AccountChangesDto, AccountDto } from './account.dto.js';
import { AccountEntity } from './account.entity.js';

@ApiTags('account')
@Controller('v1/account')
export class AccountController {
  constructor(private readonly database: DataSource) {}

  @NeedsOfAccount('account:read')
  @Get()
  @ApiOperation({ summary: 'Show the account', description: 'That of the caller.' })
  @ApiOkResponse({ type: AccountDto })
  async get(@CurrentPrincipal() { accountId: id }: Principal): Promise<AccountDto> {
    const { name, createdAt } = await this.database.manager.findOneByOrFail(AccountEntity, { id });
    return { id, name, created_at: createdAt.toISOString() };
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
}
