import { IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { BreakdownGroupDto, SeriesPointDto } from './answer.dto.js';

/** An item of a table of aggregates: of a breakdown with its group, of a series with its slice. */
export class AnswerItemDto extends IntersectionType(
  PickType(SeriesPointDto, ['aggregates'] as const),
  PartialType(OmitType(SeriesPointDto, ['aggregates'] as const)),
  PartialType(OmitType(BreakdownGroupDto, ['aggregates', 'series'] as const)),
) {}
