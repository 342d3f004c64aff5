import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { DataSource } from 'typeorm';
import { NeedsNobody } from '../../access/needs.js';

/** A provider as who is not signed in sees it. */
export class SignInProviderDto {
  @ApiProperty({ example: 'idp_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({ example: 'Example login' })
  name!: string;

  @ApiProperty({
    example: '/v1/providers/idp_01jd0a1b2c3d4e5f6g7h8j9k0m/sign-in',
    description: 'Where a browser begins to sign in.',
  })
  sign_in_path!: string;
}

export class SignInWaysDto {
  @ApiProperty({ type: [SignInProviderDto], description: 'Beside address and password; the oldest first.' })
  providers!: SignInProviderDto[];
}

export class SignInWaysQuery {
  @ApiPropertyOptional({ description: 'Id of the account. Needed where several accounts have providers.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  account?: string;
}

/** A page to sign in shows no more than 50. */
const OF_ACCOUNT = `
  SELECT id, name FROM identity_providers
  WHERE account_id = coalesce($1, (
    SELECT CASE WHEN min(account_id) = max(account_id) THEN min(account_id) END FROM identity_providers))
  ORDER BY created_at, id LIMIT 50`;

/**
 * What the page to sign in offers. It is read by who is not signed in, and so names providers alone: those of an account
 * that he names, or of the only one that has any. Accounts do not learn of each other.
 */
@ApiTags('account')
@Controller('v1/sign-in-ways')
export class SignInWaysController {
  constructor(private readonly database: DataSource) {}

  @NeedsNobody()
  @Get()
  @ApiOperation({
    summary: 'List the ways to sign in',
    description: 'Anybody may call it: it names providers alone, of one account.',
  })
  @ApiOkResponse({ type: SignInWaysDto })
  async list(@Query() { account }: SignInWaysQuery): Promise<SignInWaysDto> {
    const found: { id: string; name: string }[] = await this.database.query(OF_ACCOUNT, [account ?? null]);
    return { providers: found.map(({ id, name }) => ({ id, name, sign_in_path: `/v1/providers/${id}/sign-in` })) };
  }
}
