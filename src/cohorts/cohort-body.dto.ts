import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsDefined, IsObject, IsOptional, Length, ValidateNested } from 'class-validator';

const STATIC = 'static must be an object with the list of users: {"users": ["a", "b"]}';
const USERS = 'users must be a list of at most 100000 user ids';
const TAGS = 'tags must be a list of at most 50 texts of 1 to 100 characters';

export class StaticMembersDto {
  /**
   * User ids of 1 to 256 bytes of UTF-8. Repetitions count once, the order does not count.
   * @example ["00001", "00002"]
   */
  @IsArray({ message: USERS })
  @ArrayMaxSize(100_000, { message: USERS })
  users!: string[];
}

export class CohortBodyDto {
  /**
   * 1 to 200 characters without & ~ ( ), unique in the property; neither `all` nor of an id's form.
   * @example january
   */
  @IsDefined({ message: 'name must be a text of 1 to 200 characters' })
  name!: string;

  /** The members. */
  @IsDefined({ message: STATIC })
  @IsObject({ message: STATIC })
  @ValidateNested({ message: STATIC })
  @Type(() => StaticMembersDto)
  static!: StaticMembersDto;

  /**
   * Free labels.
   * @example ["cdnow"]
   */
  @IsOptional()
  @IsArray({ message: TAGS })
  @ArrayMaxSize(50, { message: TAGS })
  @Length(1, 100, { each: true, message: TAGS })
  tags?: string[] = [];
}
