import { ApiProperty } from '@nestjs/swagger';
import type { PropertySchema, SchemaEntry } from '../../core/schema/property-schema.js';

const VALUE_TYPES = ['text', 'number', 'boolean'];

export class SchemaTypeDto {
  @ApiProperty({ enum: VALUE_TYPES })
  type!: string;

  @ApiProperty({ type: 'integer', description: 'Events that count and have it so; of traits, upserts that gave it.' })
  count!: number;

  @ApiProperty({
    format: 'date-time',
    description: 'Time of the earliest such event; of traits, when the first came in.',
  })
  first_seen!: string;

  @ApiProperty({ format: 'date-time' })
  last_seen!: string;

  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
    description: 'Up to three values; a text is cut after 40 characters. None for callers without `people:read`.',
  })
  examples!: (string | number | boolean)[];
}

/** A property of an event, or a trait. */
export class SchemaKeyDto {
  @ApiProperty({ example: 'dollars' })
  name!: string;

  @ApiProperty({ type: [SchemaTypeDto], description: 'By type, the most frequent first.' })
  types!: SchemaTypeDto[];
}

export class SchemaEventDto {
  @ApiProperty({ example: 'purchase' })
  name!: string;

  @ApiProperty({ type: 'integer', description: 'Events that count: duplicates, and what was taken back, do not.' })
  count!: number;

  @ApiProperty({ format: 'date-time' })
  first_seen!: string;

  @ApiProperty({ format: 'date-time' })
  last_seen!: string;

  @ApiProperty({ type: [SchemaKeyDto] })
  properties!: SchemaKeyDto[];
}

/** What has come in. */
export class PropertySchemaDto {
  @ApiProperty({ type: 'integer', description: 'Everything ingested up to this sequence is in it.' })
  data_version!: number;

  @ApiProperty({
    description:
      'False: a batch had more than 5,000 different names of events, properties and types, and those beyond are not in it.',
  })
  complete!: boolean;

  @ApiProperty({ type: [SchemaEventDto], description: 'The most frequent first.' })
  events!: SchemaEventDto[];

  @ApiProperty({ type: [SchemaKeyDto], description: 'By name.' })
  traits!: SchemaKeyDto[];
}

export function toPropertySchemaDto({ dataVersion, isWhole, entries }: PropertySchema): PropertySchemaDto {
  const all = [...entries.values()];
  const byEvent = grouped(all, ({ event }) => event);
  const events = all.filter(({ event, key }) => event !== null && key === null).toSorted(mostFrequent);
  return {
    data_version: dataVersion,
    complete: isWhole,
    events: events.map((entry) => ({
      name: entry.event ?? '',
      ...spanOf(entry),
      properties: keysOf(byEvent.get(entry.event) ?? []),
    })),
    traits: keysOf(byEvent.get(null) ?? []),
  };
}

function keysOf(entries: readonly SchemaEntry[]): SchemaKeyDto[] {
  const named = entries.filter(({ key }) => key !== null);
  const byKey = grouped(named, ({ key }) => key ?? '');
  return [...byKey]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => ({
      name,
      types: own.toSorted(mostFrequent).map((entry) => ({
        type: entry.type ?? '',
        ...spanOf(entry),
        examples: [...entry.examples],
      })),
    }));
}

function spanOf({ count, firstMs, lastMs }: SchemaEntry): { count: number; first_seen: string; last_seen: string } {
  return { count, first_seen: new Date(firstMs).toISOString(), last_seen: new Date(lastMs).toISOString() };
}

function mostFrequent(a: SchemaEntry, b: SchemaEntry): number {
  return (
    b.count - a.count || (JSON.stringify([a.event, a.key, a.type]) < JSON.stringify([b.event, b.key, b.type]) ? -1 : 1)
  );
}

function grouped<K>(entries: readonly SchemaEntry[], keyOf: (entry: SchemaEntry) => K): Map<K, SchemaEntry[]> {
  const groups = new Map<K, SchemaEntry[]>();
  for (const entry of entries) {
    const group = groups.get(keyOf(entry));
    if (group === undefined) groups.set(keyOf(entry), [entry]);
    else group.push(entry);
  }
  return groups;
}
