import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { metric as builtIn, columnsOf, METRIC_IDS } from '../core/metric/catalogue.js';
import { paramsUngiven, type SomeParams } from '../core/metric/named/named-metric.js';
import type { CanonicalParams } from '../core/request/canonical-request.js';
import { Failure } from '../core/failure.js';
import { refuseUnreadableMetric } from '../core/stored/read-definition.js';
import { MetricColumnDto, toColumnDto, windowRule, parametersSchema } from './metric.dto.js';
import type { VersionedMetric } from './named-metric-store.js';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { PageQuery } from '../platform/http/page.js';

const SOME_PARAMS = { type: 'object', additionalProperties: true } as const;

/** What parseNamedMetric takes, for the documents. */
export class NamedMetricBodyDto {
  @ApiProperty({
    pattern: '^[a-z][a-z0-9_]{0,63}$',
    example: 'article_bytes',
    description: 'Unique in the property and no id of a built-in. Never changes: a PUT may leave it out.',
  })
  name!: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 200,
    example: 'Bytes added to articles',
    description: 'Else that of the built-in.',
  })
  title?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 2000, description: 'Else that of the built-in.' })
  description?: string;

  @ApiProperty({ enum: METRIC_IDS, example: 'value_sum', description: 'The built-in that is measured.' })
  metric!: string;

  @ApiPropertyOptional({
    ...SOME_PARAMS,
    description: 'Parameters of the built-in that a request cannot change.',
    example: { event: 'edit', value: 'bytes' },
  })
  fixed?: object;

  @ApiPropertyOptional({
    ...SOME_PARAMS,
    description: 'Other defaults of parameters that stay open.',
    example: { where: { property: 'namespace', eq: 0 } },
  })
  defaults?: object;
}

export class NamedMetricDto {
  /** @example met_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example bytes_added */
  name!: string;

  /** From 1; also the ETag. Requests use the newest, old ones stay readable. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;

  /** @example Bytes added */
  title!: string;

  description!: string;

  /** The built-in that is measured. */
  @ApiProperty({ enum: METRIC_IDS, example: 'value_sum' })
  metric!: string;

  @ApiProperty({ ...SOME_PARAMS, description: 'Parameters that a request cannot change, in canonical form.' })
  fixed!: SomeParams;

  @ApiProperty({ ...SOME_PARAMS, description: 'Other defaults of open parameters, in canonical form.' })
  defaults!: SomeParams;

  @ApiProperty({
    ...SOME_PARAMS,
    description: 'JSON Schema (2020-12) of the `params` of a request: the open ones, with the defaults that hold.',
  })
  parameters!: object;

  /** As in the catalogue. */
  @ApiProperty({ enum: ['required', 'fixed', 'from_t', 'none'] })
  window!: string;

  /** In the units of the defaults. */
  columns!: MetricColumnDto[];

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  /** When this version was made. */
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Since when it is out of use.' })
  archived_at!: string | null;
}

/** @throws Failure stored_form_unreadable */
export function toNamedMetricDto({ metric, version }: VersionedMetric): NamedMetricDto {
  refuseUnreadableMetric(version);
  const definition = builtIn(version.builtIn);
  const { fixed, defaults } = version;
  const params = paramsUngiven({ definition, fixed, defaults }) as CanonicalParams;
  return {
    ...asStored({ metric, version }),
    parameters: parametersSchema(definition, fixed, defaults),
    window: windowRule(definition),
    columns: columnsOf({ metric: version.builtIn, params }).map(toColumnDto),
  };
}

/** For a list: a version that cannot be read has no parameters and columns, and the rest of the list is returned. */
export function toListedMetricDto(found: VersionedMetric): NamedMetricDto {
  try {
    return toNamedMetricDto(found);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...asStored(found), parameters: {}, window: 'none', columns: [] };
  }
}

function asStored({ metric, version }: VersionedMetric): Omit<NamedMetricDto, 'parameters' | 'window' | 'columns'> {
  return {
    id: metric.id,
    name: metric.name,
    version: version.version,
    title: version.title,
    description: version.description,
    metric: version.builtIn,
    fixed: version.fixed,
    defaults: version.defaults,
    created_at: metric.createdAt.toISOString(),
    updated_at: version.createdAt.toISOString(),
    archived_at: metric.archivedAt?.toISOString() ?? null,
  };
}

const TEXT = 'text must be a text of 1 to 200 characters';

/** Query of GET .../metrics; all of what is given must hold. */
export class ListMetricsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'A part of the name, the title or the description, in any case.' })
  @IsOptional()
  @IsString({ message: TEXT })
  @Length(1, 200, { message: TEXT })
  text?: string;

  @ApiPropertyOptional({ enum: METRIC_IDS, description: 'The built-in that is measured.' })
  @IsOptional()
  @IsIn(METRIC_IDS, { message: `metric must be one of ${METRIC_IDS.join(', ')}` })
  metric?: string;

  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'true: the archived ones instead.' })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'archived must be true or false' })
  archived?: string;
}
