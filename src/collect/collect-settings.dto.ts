import { ApiPropertyOptional } from '@nestjs/swagger';
import { COLLECT_CHOICES, MAX_NAMES, type CollectSettings } from '../core/collect/collect-settings.js';

/** What parseCollectSettings takes, and what it gives in full. */
export class CollectSettingsDto implements CollectSettings {
  @ApiPropertyOptional({
    enum: COLLECT_CHOICES.visitor_ids,
    default: 'persistent',
    description: '`daily`: ids of visitors are made by the server, and their key is destroyed after 48 hours.',
  })
  visitor_ids!: CollectSettings['visitor_ids'];

  @ApiPropertyOptional({
    enum: COLLECT_CHOICES.bots,
    default: 'drop',
    description: '`mark`: taken, with `$device` `bot`.',
  })
  bots!: CollectSettings['bots'];

  @ApiPropertyOptional({
    enum: COLLECT_CHOICES.gpc,
    default: 'drop',
    description:
      'What becomes of hits with `Sec-GPC: 1` or `DNT: 1`; `anonymous`: taken, by ids of a day, without users.',
  })
  gpc!: CollectSettings['gpc'];

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_NAMES,
    default: [],
    description: 'Names of query parameters that are kept in URLs.',
    example: ['q'],
  })
  query_parameters!: readonly string[];

  @ApiPropertyOptional({ default: false, description: 'Whether fragments that begin with `#/` or `#!/` are kept.' })
  hash_routes!: boolean;

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_NAMES,
    default: [],
    description: 'Names of properties that are never stored.',
    example: ['$title'],
  })
  denied_properties!: readonly string[];

  @ApiPropertyOptional({
    enum: COLLECT_CHOICES.traits,
    default: 'take',
    description: '`ignore`: what is sent by a public key changes no user.',
  })
  traits!: CollectSettings['traits'];

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: MAX_NAMES,
    default: null,
    description: 'Names of the traits that a public key may set; null: any. None that a secret key has set is changed.',
    example: ['plan'],
  })
  allowed_traits!: readonly string[] | null;
}
