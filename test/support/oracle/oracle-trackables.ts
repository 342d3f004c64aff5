import * as fc from 'fast-check';
import type { AliasChoice, TrackableGroup, TrackableType } from '../../../src/core/trackables/trackable.js';

/** An event of a trackable as it is sent. */
export interface TrackableEvent {
  readonly id: string;
  readonly user: string;
  readonly event: string;
  readonly time: string;
  readonly properties: Readonly<Record<string, string | number>>;
}

export interface TrackableWorld {
  readonly events: readonly TrackableEvent[];
  /** By user. */
  readonly aliases: Readonly<Record<string, string>>;
}

const KEYS = {
  statistic: { event: '$statistic', value: 'value', added: 'change' },
  state: { event: '$state', value: 'state', added: null },
  timer: { event: '$timer', value: 'total', added: 'seconds' },
  sequence: { event: '$sequence', value: 'completions', added: null },
} as const;

const user = fc.constantFrom('ada', 'Ben', 'cleo', 'é');
const amount = fc.constantFrom(0, 1, 2.5, -3, 0.1, 1e6);
const reading = fc.record({
  type: fc.constantFrom<TrackableType>('statistic', 'state', 'timer', 'sequence'),
  name: fc.constantFrom('runs', 'units'),
  user,
  application: fc.constantFrom(undefined, 'editor', 'viewer'),
  version: fc.constantFrom(undefined, '1.0', '2.0'),
  minute: fc.integer({ min: 0, max: 9 }),
  amount,
  added: amount,
  state: fc.constantFrom('US', 'SI', '', 'x'.repeat(201)),
  /** Without its value: tracked, and no last value. */
  isBare: fc.constantFrom(false, false, false, true),
  isCheckpoint: fc.boolean(),
});

export const trackableWorld: fc.Arbitrary<TrackableWorld> = fc
  .record({
    readings: fc.array(reading, { minLength: 20, maxLength: 60, size: 'max' }),
    aliases: fc.dictionary(user, fc.constantFrom('Ada L.', 'B', '')),
  })
  .map(({ readings, aliases }) => ({
    aliases,
    events: readings.map((one, i) => {
      const { event, value, added } = KEYS[one.type];
      const isCheckpoint = one.type === 'sequence' && one.isCheckpoint;
      return {
        id: String(1000 + i),
        user: one.user,
        event: isCheckpoint ? '$checkpoint' : event,
        time: `2024-05-01T10:0${one.minute}:00Z`,
        properties: {
          name: one.name,
          ...(one.application && { $application: one.application }),
          ...(one.version && { $version: one.version }),
          ...(one.isBare || isCheckpoint ? {} : { [value]: one.type === 'state' ? one.state : one.amount }),
          ...(added && { [added]: one.added }),
        },
      };
    }),
  }));

export interface AskedTrackable {
  readonly type: TrackableType;
  readonly name: string;
  readonly by: TrackableGroup;
  readonly aliases: AliasChoice;
  readonly application: string | null;
}

type Part = Readonly<Record<string, string | number | null>>;

/** The events of a question, by time, then id. */
function eventsOf(world: TrackableWorld, { type, name, aliases, application }: AskedTrackable): TrackableEvent[] {
  return world.events
    .filter(({ event, properties }) => event === KEYS[type].event && properties['name'] === name)
    .filter(({ properties }) => application === null || properties['$application'] === application)
    .filter(({ user: id }) => aliases === 'include' || (aliases === 'only') === ((world.aliases[id] ?? '') !== ''))
    .sort(byTime);
}

/** Of one time by id. */
function byTime(a: TrackableEvent, b: TrackableEvent): number {
  return Date.parse(a.time) - Date.parse(b.time) || Number(a.id) - Number(b.id);
}

function held({ properties }: TrackableEvent, type: TrackableType): string | number | undefined {
  const value = properties[KEYS[type].value];
  return typeof value === 'string' && value.length > 200 ? undefined : value;
}

/** The last value of each user in each application (and version), where there is one. */
function lastValues(events: readonly TrackableEvent[], type: TrackableType, withVersion: boolean): TrackableEvent[] {
  const last = new Map<string, TrackableEvent>();
  for (const event of events) {
    const { $application: application, $version: version } = event.properties;
    if (held(event, type) === undefined) continue;
    last.set(JSON.stringify([event.user, application, withVersion ? version : null]), event);
  }
  return [...last.values()];
}

function figures(events: readonly TrackableEvent[], type: TrackableType, withVersion = false): Part {
  const { added } = KEYS[type];
  const sum = (numbers: readonly unknown[]): number =>
    Number(numbers.reduce<number>((a, b) => a + Number(b), 0).toFixed(6));
  return {
    users: new Set(events.map(({ user: id }) => id)).size,
    events: events.length,
    ...(type !== 'state' && { total: sum(lastValues(events, type, withVersion).map((event) => held(event, type))) }),
    ...(added && { added: sum(events.map(({ properties }) => properties[added])) }),
    last: events.length === 0 ? null : new Date(Math.max(...events.map(({ time }) => Date.parse(time)))).toISOString(),
  };
}

export function oracleTotals(world: TrackableWorld, asked: AskedTrackable): Part {
  return figures(eventsOf(world, asked), asked.type);
}

export function oracleParts(world: TrackableWorld, asked: AskedTrackable): Part[] {
  const { type, by } = asked;
  const events = eventsOf(world, asked);
  if (by === 'state') {
    const current = lastValues(events, type, false);
    return grouped(current, (event) => [String(held(event, type))]).map(([[state = ''], own]) => {
      const users = own.map(({ user: id }) => id);
      const units = own.map((event) => JSON.stringify([event.user, event.properties['$application']]));
      const last = events.filter((event) =>
        units.includes(JSON.stringify([event.user, event.properties['$application']])),
      );
      return { state: state || null, users: new Set(users).size, last: figures(last, type)['last'] ?? null };
    });
  }
  const app = (event: TrackableEvent): string | null => textOr(event.properties['$application']);
  const keyOf = {
    application: (event: TrackableEvent) => [app(event)],
    version: (event: TrackableEvent) => [app(event), textOr(event.properties['$version'])],
    user: (event: TrackableEvent) => [event.user],
  }[by];
  return grouped(events, keyOf).map(([key, own]) => {
    const told = figures(own, type, by === 'version');
    if (by === 'application') return { application: key[0] ?? null, ...told };
    if (by === 'version') return { application: key[0] ?? null, version: key[1] ?? null, ...told };
    const { users: __, ...ofUser } = told;
    const state = lastValues(own, type, false).sort(byTime).at(-1);
    return {
      user: String(key[0]),
      alias: world.aliases[String(key[0])] || null,
      ...(type === 'state' && { state: state === undefined ? null : String(held(state, type)) || null }),
      ...ofUser,
    };
  });
}

export function oracleList(world: TrackableWorld): Part[] {
  const typeOf = ({ event }: TrackableEvent): string =>
    Object.entries(KEYS).find(([, form]) => form.event === event)?.[0] ?? 'sequence';
  const keyed = grouped(world.events, (event) => [
    typeOf(event),
    String(event.properties['name']),
    textOr(event.properties['$application']),
  ]);
  return keyed.map(([[type = '', name = '', application = null], own]) => {
    const counted = own.filter(({ event }) => event !== '$checkpoint');
    const { users = 0, events = 0 } = figures(counted, 'state');
    return { type, name, application, users, events, last: figures(own, 'state')['last'] ?? null };
  });
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** By key, in the order of the keys' bytes, an absent one first. */
function grouped<K extends readonly (string | null)[]>(
  events: readonly TrackableEvent[],
  keyOf: (event: TrackableEvent) => K,
): [K, TrackableEvent[]][] {
  const found = new Map<string, [K, TrackableEvent[]]>();
  for (const event of events) {
    const key = keyOf(event);
    const own = found.get(JSON.stringify(key)) ?? [key, []];
    own[1].push(event);
    found.set(JSON.stringify(key), own);
  }
  const before = (a: string | null, b: string | null): number =>
    a === null || b === null ? Number(b === null) - Number(a === null) : Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...found.values()].sort(
    ([a], [b]) => a.map((part, i) => before(part, b[i] ?? null)).find((n) => n !== 0) ?? 0,
  );
}
