import type { EventSelector, Filter, PropertyValue } from '../../../src/core/event/filter.js';
import type { AskedJson } from './arbitrary-cohort.js';
import type { CohortWorld } from './cohort-world.js';
import { passes, selects, writtenTimes } from './passes.js';
import type { SentEvent } from './world.js';

/** Which data is looked at. */
export interface Seen {
  readonly dataVersion: number;
  readonly asOfMs: number;
}

type Json = { readonly [field: string]: unknown };

/**
 * What docs/semantics.md says of cohorts, word by word, over what a body writes: nothing is brought into a normal form.
 * Sorted by the bytes of the ids.
 */
export function oracleCohort(world: CohortWorld, requested: AskedJson, seen: Seen): string[] {
  const users = new Oracle(world, seen).members(requested);
  return [...users].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

class Oracle {
  readonly #events: readonly SentEvent[];
  /** Dates are days of UTC. */
  readonly #times: ReturnType<typeof writtenTimes>;

  constructor(
    private readonly world: CohortWorld,
    private readonly seen: Seen,
  ) {
    this.#events = visible(world.events, seen);
    this.#times = writtenTimes({ asOfMs: seen.asOfMs, timeZone: 'UTC' });
  }

  members(requested: AskedJson): Set<string> {
    if (typeof requested === 'string') return new Set(this.world.lists[Number(requested.replace('list', ''))]);
    if ('all' in requested) return this.#everybody();
    if ('users' in requested) return new Set(requested['users'] as string[]);
    if ('rule' in requested) {
      const universe = this.members((requested['universe'] ?? { all: true }) as AskedJson);
      return new Set([...universe].filter((user) => this.#holds(requested['rule'] as Json, user)));
    }
    const set = requested['set'] as { and?: AskedJson[]; or?: AskedJson[]; except?: AskedJson[] };
    const [first, ...others] = (set.and ?? set.or ?? set.except ?? []).map((one) => this.members(one));
    const is = (user: string): boolean => {
      if (set.and) return others.every((other) => other.has(user));
      return !others.some((other) => other.has(user));
    };
    if (set.or) return new Set([first!, ...others].flatMap((users) => [...users]));
    return new Set([...first!].filter(is));
  }

  #everybody(): Set<string> {
    const { dataVersion, asOfMs } = this.seen;
    const changes = this.world.changes.filter(({ seq }) => seq <= dataVersion);
    const known = new Set([...this.#events, ...changes].map(({ user }) => user));
    return new Set([...known].filter((user) => (this.#registration(user) ?? -Infinity) < asOfMs));
  }

  #holds(rule: Json, user: string): boolean {
    if (rule['and']) return (rule['and'] as Json[]).every((one) => this.#holds(one, user));
    if (rule['or']) return (rule['or'] as Json[]).some((one) => this.#holds(one, user));
    if (rule['not']) return !this.#holds(rule['not'] as Json, user);
    if (rule['did']) return this.#did(rule['did'] as Json, user);
    if (rule['did_not']) return !this.#did(rule['did_not'] as Json, user);
    if (rule['born']) return this.#born(rule['born'] as Json, user);
    const { trait, ...test } = rule;
    return passes({ property: trait, ...test } as Filter, this.#traits(user), this.#times);
  }

  #did(did: Json, user: string): boolean {
    const count = this.#events.filter(
      (event) =>
        event.user === user &&
        selects(selectorOf(did), event, this.#times) &&
        this.#isWithin(did['within'] as Json, event),
    ).length;
    if (typeof did['at_most'] === 'number') return count <= did['at_most'];
    if (typeof did['exactly'] === 'number') return count === did['exactly'];
    return count >= ((did['at_least'] as number | undefined) ?? 1);
  }

  #isWithin(within: Json | undefined, event: SentEvent): boolean {
    if (!within) return true;
    if (within['last']) return event.timeMs >= this.seen.asOfMs - ms(within['last']);
    if (!within['since_birth']) return isIn(within, event.timeMs);
    const since = within['since_birth'] as Json;
    const birthMs = this.#birth(since['birth'] as Json | undefined, event.user);
    if (birthMs === null) return false;
    const startMs = birthMs + (since['offset'] ? ms(since['offset']) : 0);
    return event.timeMs >= startMs && event.timeMs < startMs + ms(since['length']);
  }

  #born(born: Json, user: string): boolean {
    const birthMs = this.#birth(born['birth'] as Json | undefined, user);
    return birthMs !== null && isIn(born, birthMs);
  }

  /** One at or after as_of is not seen. */
  #birth(birth: Json | undefined, user: string): number | null {
    if (birth?.['kind'] !== 'first_event') {
      const registeredMs = this.#registration(user);
      return registeredMs !== null && registeredMs < this.seen.asOfMs ? registeredMs : null;
    }
    const births = this.#events.filter(
      (event) => event.user === user && selects(selectorOf(birth), event, this.#times),
    );
    return births.length === 0 ? null : Math.min(...births.map(({ timeMs }) => timeMs));
  }

  #registration(user: string): number | null {
    const given = this.world.changes.filter(
      (change) => change.user === user && change.registeredMs !== undefined && change.seq <= this.seen.dataVersion,
    );
    return given.toSorted(inOrder).at(-1)?.registeredMs ?? null;
  }

  #traits(user: string): Record<string, PropertyValue> {
    const traits: Record<string, PropertyValue> = {};
    const said = this.world.changes.filter((one) => one.user === user && one.seq <= this.seen.dataVersion);
    const given = said.toSorted(inOrder).flatMap((change) => Object.entries(change.traits ?? {}));
    for (const [trait, value] of given) {
      if (value === null) delete traits[trait];
      else traits[trait] = value;
    }
    return traits;
  }
}

/** Of one identity the first accepted counts; events at or after as_of are not seen. */
function visible(events: readonly SentEvent[], { dataVersion, asOfMs }: Seen): SentEvent[] {
  const winners = new Map<string, SentEvent>();
  for (const event of events.filter(({ seq }) => seq <= dataVersion).toSorted(inOrder)) {
    const identity = JSON.stringify([event.user, event.name, event.timeMs, event.clientId, event.contentHash]);
    if (!winners.has(identity)) winners.set(identity, event);
  }
  return [...winners.values()].filter(({ timeMs }) => timeMs < asOfMs);
}

function inOrder(
  a: { readonly seq: number; readonly position: number },
  b: { readonly seq: number; readonly position: number },
): number {
  return a.seq - b.seq || a.position - b.position;
}

function selectorOf({ event, where }: Json): EventSelector {
  const names = event === null || event === undefined ? null : [event].flat();
  return { event: names as string[] | null, where: (where ?? null) as Filter | null };
}

function isIn({ from, to }: Json, atMs: number): boolean {
  return (!from || atMs >= Date.parse(String(from))) && (!to || atMs < Date.parse(String(to)));
}

/** Of the durations that the arbitraries write. */
function ms(duration: unknown): number {
  const [, days, minutes, seconds] = /^P(?:(\d+)D)?(?:T(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(String(duration)) ?? [];
  return Number(days ?? 0) * 86_400_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1_000;
}
