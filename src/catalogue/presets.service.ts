import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Failure } from '../core/failure.js';
import type { NamedMetricFields } from '../core/metric/named/named-metric.js';
import { parseNamedMetric } from '../core/metric/named/parse-named-metric.js';
import { PACKS } from '../core/metric/named/packs.js';
import type { PackEntry } from '../core/metric/named/pack-entry.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import { isUniqueViolation } from '../stores/postgres/unique-violation.js';
import { measuresTheSame, NamedMetricStore, type VersionedMetric } from './named-metric-store.js';
import { toNamedMetricDto } from './named-metric.dto.js';
import type { ListedPresetDto, PresetDto } from './preset.dto.js';

/** Packs of named metrics that a property takes over at one stroke. */
@Injectable()
export class PresetsService {
  constructor(
    private readonly database: DataSource,
    private readonly store: NamedMetricStore,
  ) {}

  /** Every pack, with what of it the property has by name. */
  async list(property: PropertyEntity): Promise<ListedPresetDto[]> {
    const names = PACKS.flatMap(({ entries }) => entries.map(({ name }) => name));
    const there = await this.store.named(this.database.manager, property.id, names);
    const known = new Set(there.map(({ metric: { name } }) => name));
    return PACKS.map(({ id, title, description, entries }) => ({
      id,
      title,
      description,
      metrics: entries.map((entry) => ({
        name: entry.name,
        title: entry.title,
        description: entry.description,
        metric: entry.metric,
        exists: known.has(entry.name),
      })),
    }));
  }

  /**
   * Makes the metrics of the pack that are not there yet: all, or none where the property has given a name of theirs to
   * something else.
   *
   * @throws Failure conflict
   */
  async takeOver(property: PropertyEntity, pack: readonly PackEntry[]): Promise<PresetDto> {
    const wanted = pack.map((entry) => parseNamedMetric(entry, null));
    try {
      return await this.database.transaction((manager) => this.take(manager, property, wanted));
    } catch (error) {
      throw isUniqueViolation(error) ? namesTaken([]) : error;
    }
  }

  private async take(
    manager: EntityManager,
    property: PropertyEntity,
    wanted: readonly NamedMetricFields[],
  ): Promise<PresetDto> {
    // Two callers take turns, so that the second one finds what the first one has made.
    await takeLock(manager, 'presets', property.id);
    const names = wanted.map(({ name }) => name);
    const there = new Map(
      (await this.store.named(manager, property.id, names)).map((each) => [each.metric.name, each]),
    );
    const others = wanted.filter((fields) => isAnother(there.get(fields.name), fields));
    if (others.length > 0) throw namesTaken(others.map(({ name }) => name));
    const created: string[] = [];
    const metrics: VersionedMetric[] = [];
    for (const fields of wanted) {
      const found = there.get(fields.name);
      if (found === undefined) created.push(fields.name);
      metrics.push(found ?? (await this.store.insert(manager, property.id, fields)));
    }
    return { created, metrics: metrics.map((each) => toNamedMetricDto(each)) };
  }
}

/** A title or description that was changed since does not matter. */
function isAnother(found: VersionedMetric | undefined, fields: NamedMetricFields): boolean {
  return found !== undefined && !measuresTheSame(found.version, fields);
}

function namesTaken(names: readonly string[]): Failure {
  const which = names.length > 0 ? names.join(', ') : 'one of the names of the pack';
  return new Failure(
    'conflict',
    `The property has other metrics called so: ${which}. Nothing was made. Change them by PUT to what the pack has, or DELETE them.`,
    [],
    { names },
  );
}
