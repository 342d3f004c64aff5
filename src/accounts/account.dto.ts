import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

const NAME = 'name must be a text of 1 to 200 characters';

export class AccountChangesDto {
  /** @example Web shops */
  @IsString({ message: NAME })
  @Length(1, 200, { message: NAME })
  name!: string;
}

export class DeleteAccountQuery {
  @ApiProperty({ description: 'The id of the account, as a confirmation.' })
  @IsString({ message: 'confirm must be the id of the account' })
  confirm!: string;
}

/** What went with an account: a receipt, told this once. */
export class AccountDeletionDto {
  /** @example acc_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({ type: [String], description: 'Ids of its properties. What they own is removed afterwards, by jobs.' })
  properties!: string[];

  @ApiProperty({ type: 'integer' })
  keys!: number;

  @ApiProperty({ type: 'integer' })
  members!: number;

  @ApiProperty({ type: 'integer', description: 'Members who were in no other account, and are no person any more.' })
  persons!: number;
}

export class AccountDto {
  /** @example acc_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example default */
  name!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}
