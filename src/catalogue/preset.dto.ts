import { ApiPropertyOptional } from '@nestjs/swagger';
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
