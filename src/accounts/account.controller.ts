import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { DataSource } from 'typeorm';
import { Audited } from '../access/audits.js';
import { CurrentPrincipal } from '../access/current-principal.js';
import { NeedsOfAccount } from '../access/needs.js';
import type { Principal } from '../access/principal.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { AccountEntity } from './account.entity.js';

const NAME = 'name must be a text of 1 to 200 characters';

export class AccountChangesDto {
  /** @example Web shops */
  @IsString({ message: NAME })
  @Length(1, 200, { message: NAME })
  name!: string;
}

export class AccountDto {
  /** @example acc_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example default */
  name!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

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
