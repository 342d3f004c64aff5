import { ApiProperty } from '@nestjs/swagger';

export class UsersLinkDto {
  @ApiProperty({ description: 'Where the per-user values are.' })
  href!: string;
}

/** Where the answer to a stale one's question will be. */
export class RefreshDto {
  @ApiProperty({ example: 'req_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty()
  href!: string;
}
