import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { NeedsNobody } from '../../access/needs.js';
import { IdentityProviderEntity } from './provider.entity.js';

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

/** What the page to sign in offers. It is read by who is not signed in, and so names providers alone. */
@ApiTags('account')
@Controller('v1/sign-in-ways')
export class SignInWaysController {
  constructor(private readonly database: DataSource) {}

  @NeedsNobody()
  @Get()
  @ApiOperation({ summary: 'List the ways to sign in', description: 'Anybody may call it: it names providers alone.' })
  @ApiOkResponse({ type: SignInWaysDto })
  async list(): Promise<SignInWaysDto> {
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    const found = await this.database
      .getRepository(IdentityProviderEntity)
      .find({ select: { id: true, name: true }, order });
    return { providers: found.map(({ id, name }) => ({ id, name, sign_in_path: `/v1/providers/${id}/sign-in` })) };
  }
}
