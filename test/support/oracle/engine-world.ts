import type { PropertyValue } from '../../../src/core/event/filter.js';
import type { Engine } from '../../../src/stores/clickhouse/engine.js';
import type { SentEvent, UserChange, World } from './world.js';

/** Writes a world into the engine as a property's data, in two inserts, so that duplicates lie in different parts. */
export async function writeWorld(engine: Engine, propertyNumber: number, setHash: string, world: World): Promise<void> {
  const rows = world.events.map((event) => eventRow(propertyNumber, event));
  const halves = [rows.filter((_, i) => i % 2 === 1), rows.filter((_, i) => i % 2 === 0)];
  for (const half of halves) if (half.length > 0) await engine.insertRows('events', half);
  const changes = world.changes.map((change) => changeRow(propertyNumber, change));
  if (changes.length > 0) await engine.insertRows('user_changes', changes);
  const members = world.members.map((user_id) => ({ property: propertyNumber, set_hash: setHash, user_id }));
  if (members.length > 0) await engine.insertRows('member_sets', members);
}

function eventRow(property: number, event: SentEvent): object {
  return {
    property,
    user_id: event.user,
    time: dateTime(event.timeMs),
    name: event.name,
    client_id: event.clientId,
    content_hash: event.contentHash,
    text: only('string', event.properties),
    number: only('number', event.properties),
    flag: only('boolean', event.properties),
    seq: event.seq,
    position: event.position,
  };
}

function changeRow(property: number, change: UserChange): object {
  const { registeredMs, traits = {} } = change;
  const given = Object.fromEntries(
    Object.entries(traits).filter((entry): entry is [string, PropertyValue] => entry[1] !== null),
  );
  return {
    property,
    user_id: change.user,
    seq: change.seq,
    position: change.position,
    registration_given: registeredMs !== undefined,
    registered_at: typeof registeredMs === 'number' ? dateTime(registeredMs) : null,
    text: only('string', given),
    number: only('number', given),
    flag: only('boolean', given),
    removed: Object.keys(traits).filter((name) => traits[name] === null),
  };
}

function only(
  type: 'string' | 'number' | 'boolean',
  properties: Readonly<Record<string, PropertyValue | null>>,
): Record<string, PropertyValue | null> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => typeof value === type));
}

/** As the engine reads a DateTime64(3). */
function dateTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}
