import { ApiProperty } from '@nestjs/swagger';

/** What parseCohortBody takes, for the documents. */
export class StaticMembersDto {
  /** User ids of 1 to 256 bytes of UTF-8. Repetitions count once, the order does not count. */
  @ApiProperty({ example: ['00001', '00002'], maxItems: 100_000 })
  users!: string[];
}

export class CohortBodyDto {
  /** 1 to 200 characters without & ~ ( ), unique in the property; neither `all` nor of an id's form. */
  @ApiProperty({ example: 'january', minLength: 1, maxLength: 200 })
  name!: string;

  /** The members. */
  static!: StaticMembersDto;

  /** Free labels of 1 to 100 characters. */
  @ApiProperty({ example: ['cdnow'], maxItems: 50, default: [] })
  tags?: string[];
}
