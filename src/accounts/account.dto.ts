import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

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
