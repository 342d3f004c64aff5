import { WEEK_DAYS, type WeekDay } from '../core/time/week-day.js';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { SLUG, SLUG_RULE } from './slug.js';

const SLUG_MESSAGE = `slug must be ${SLUG_RULE}`;
const ZONE_MESSAGE = 'time_zone must be an IANA time zone name such as "Europe/Berlin"';
const NAME_MESSAGE = 'name must be a text of 1 to 200 characters';

export class CreatePropertyDto {
  /**
   * Names the property in paths, unique in the account.
   * @example shop
   */
  @IsString({ message: SLUG_MESSAGE })
  @Matches(SLUG, { message: SLUG_MESSAGE })
  slug!: string;

  /**
   * For people; the slug where absent.
   * @example Web shop
   */
  @IsOptional()
  @IsString({ message: NAME_MESSAGE })
  @Length(1, 200, { message: NAME_MESSAGE })
  name?: string;

  /**
   * IANA time zone, in which a date without a time begins.
   * @example Europe/Berlin
   */
  @IsOptional()
  @IsString({ message: ZONE_MESSAGE })
  time_zone?: string = 'UTC';

  /** First day of the week. */
  @IsOptional()
  @IsIn(WEEK_DAYS, { message: `week_start must be one of ${WEEK_DAYS.join(', ')}` })
  week_start?: WeekDay = 'monday';
}

/** What may be changed of a property; what is absent stays. */
export class ChangePropertyDto {
  /**
   * The old one is free again, and links with it lead nowhere.
   * @example default
   */
  @IsOptional()
  @IsString({ message: SLUG_MESSAGE })
  @Matches(SLUG, { message: SLUG_MESSAGE })
  slug?: string;

  /** @example Web shop */
  @IsOptional()
  @IsString({ message: NAME_MESSAGE })
  @Length(1, 200, { message: NAME_MESSAGE })
  name?: string;

  /**
   * The default of requests from now on. Those that were made have theirs written down, so no stored answer changes.
   * @example Europe/Berlin
   */
  @IsOptional()
  @IsString({ message: ZONE_MESSAGE })
  time_zone?: string;

  /** The default of requests from now on. */
  @IsOptional()
  @IsIn(WEEK_DAYS, { message: `week_start must be one of ${WEEK_DAYS.join(', ')}` })
  week_start?: WeekDay;
}
