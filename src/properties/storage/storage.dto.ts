import { ApiProperty } from '@nestjs/swagger';

export class StoredKindDto {
  /**
   * `events user_changes members user_values` in the engine, the others in the database.
   * @example user_values
   */
  kind!: string;

  @ApiProperty({ type: 'integer', example: 340000 })
  rows!: number;

  /**
   * In the engine the rows' share of their table on the disk; in the database their JSON, and 0 where a row has little.
   */
  @ApiProperty({ type: 'integer', example: 10880000 })
  bytes!: number;
}

export class PropertyStorageDto {
  /** @example prop_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example default */
  slug!: string;

  /** The largest first. */
  kinds!: StoredKindDto[];

  @ApiProperty({ type: 'integer', example: 12000000 })
  bytes!: number;
}

export class StorageDto {
  properties!: PropertyStorageDto[];

  /** Of all properties. */
  kinds!: StoredKindDto[];

  @ApiProperty({ type: 'integer', example: 12000000 })
  bytes!: number;
}
