import { ApiProperty, ApiPropertyOptional, PartialType, PickType } from '@nestjs/swagger';

/** What parseCohortBody takes, for the documents: one of both. */
export class StaticMembersDto {
  /** User ids of 1 to 256 bytes of UTF-8. Repetitions count once, the order does not count. */
  @ApiPropertyOptional({ example: ['00001', '00002'], maxItems: 100_000 })
  users?: string[];

  /** Id of an evaluation of a rule or set whose members are kept: whom it has found, from now on unchanged. */
  @ApiPropertyOptional({ example: 'eval_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  evaluation?: string;
}

const RULE = {
  type: 'object',
  additionalProperties: true,
  description:
    'One of did, did_not, trait, born, and, or, not: see GET /v1/schemas/cohort. Dates are days of the time zone of the property.',
  example: { did: { event: 'purchase', at_least: 2, within: { from: '1997-01-01', to: '1997-02-01' } } },
} as const;

const SET = {
  oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }],
  description:
    'One of and, or, except over names, ids and inline cohorts; or an expression such as january&(buyers~readers).',
  example: { and: ['january', 'buyers'] },
};

const UNIVERSE = {
  oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }],
  description: 'Beside a rule: the cohort of whose users it is asked; everybody unless given.',
  example: 'january',
};

/** Bodies of a cohort, each made of one thing. */
export const COHORT_EXAMPLES = {
  list: { summary: 'A list', value: { name: 'january', static: { users: ['00001', '00002'] } } },
  rule: { summary: 'A rule', value: { name: 'buyers', rule: RULE.example } },
};

/** Contents of a cohort that is not saved. */
export const CONTENT_EXAMPLES = {
  rule: { summary: 'A rule', value: { rule: RULE.example } },
  list: { summary: 'A list', value: { static: { users: ['00001', '00002'] } } },
};

/** A cohort is made of one of `static`, `rule` and `set`. */
export class CohortContentDto {
  /** The members. */
  static?: StaticMembersDto;

  @ApiPropertyOptional(RULE)
  rule?: object;

  @ApiPropertyOptional(UNIVERSE)
  universe?: unknown;

  @ApiPropertyOptional(SET)
  set?: unknown;
}

/** What parseMemberChanges takes, for the documents. */
export class MemberChangesDto {
  /** User ids; one that is a member already stays one. */
  @ApiPropertyOptional({ example: ['00003'], maxItems: 100_000 })
  add?: string[];

  /** User ids; one that is no member is none afterwards either. */
  @ApiPropertyOptional({ example: ['00001'], maxItems: 100_000 })
  remove?: string[];
}

export class CohortBodyDto extends CohortContentDto {
  /** 1 to 200 characters without & ~ ( ), unique in the property; neither `all` nor of an id's form. */
  @ApiProperty({ example: 'january', minLength: 1, maxLength: 200 })
  name!: string;

  /** At most 2,000 characters. */
  @ApiProperty({ maxLength: 2_000, default: '' })
  description?: string;

  /** Free labels of 1 to 100 characters. */
  @ApiProperty({ example: ['cdnow'], maxItems: 50, default: [] })
  tags?: string[];
}

/** What parseCohortLabels takes, for the documents: what is not given stays. */
export class CohortLabelsDto extends PartialType(PickType(CohortBodyDto, ['name', 'description', 'tags'])) {}
