import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { METRIC_IDS } from '../core/metric/catalogue.js';
import { PACKS } from '../core/metric/named/packs.js';
import { NamedMetricDto } from './named-metric.dto.js';

const NAMES = { type: 'object', additionalProperties: { type: 'string' } } as const;

/** What parseWikiMapping takes, for the documents. */
export class WikiMappingDto {
  @ApiPropertyOptional({
    ...NAMES,
    description: 'Names of events: `edit`, `block`, `edit_click`; each is called so unless given.',
    example: { edit: 'edit', block: 'block' },
  })
  events?: object;

  @ApiPropertyOptional({
    ...NAMES,
    description:
      'Names of event properties: of an edit `bytes` (the change), `namespace`, `page_id`, `parent_id` (0: it creates the page), `sha1` (of the text); of a block `duration`. Each is called so unless given.',
    example: { bytes: 'byte_change' },
  })
  properties?: object;

  @ApiPropertyOptional({
    oneOf: [{ type: 'array', items: { type: ['integer', 'string'] } }, { const: 'all' }] as object[],
    default: [0],
    description: 'Which namespaces count where a request does not say it; "all": any.',
  })
  namespaces?: unknown;
}

export class PresetDto {
  /** Names of the metrics that were not there before. */
  created!: string[];

  /** All of the pack. */
  metrics!: NamedMetricDto[];
}

/** A metric that a preset names. */
export class PresetMetricDto {
  @ApiProperty({ example: 'page_views' })
  name!: string;

  title!: string;
  description!: string;

  @ApiProperty({ enum: METRIC_IDS, description: 'The built-in.' })
  metric!: string;

  @ApiProperty({ description: 'Whether the property has a metric with this name: the preset does not make it.' })
  exists!: boolean;
}

/** A pack of named metrics, before it is taken over. */
export class ListedPresetDto {
  @ApiProperty({ enum: PACKS.map(({ id }) => id), description: 'The last part of the path that makes them.' })
  id!: string;

  title!: string;
  description!: string;
  metrics!: PresetMetricDto[];
}
