import * as fc from 'fast-check';
import type { PropertyValue } from '../../../src/core/event/filter.js';
import type { Engine } from '../../../src/stores/clickhouse/engine.js';
import { world as anyWorld } from './arbitrary.js';
import { value } from './arbitrary-filter.js';
import { writeWorld } from './engine-world.js';
import type { World } from './world.js';

/** An upsert of a user that says something of a trait; null removes it. */
export interface TraitChange {
  readonly user: string;
  readonly trait: string;
  readonly value: PropertyValue | null;
  readonly seq: number;
  readonly position: number;
}

/** A world whose users have traits. Its members are those of one list; the other lists are given by name. */
export interface CohortWorld extends World {
  readonly traits: readonly TraitChange[];
  readonly lists: readonly (readonly string[])[];
}

const USERS = ['a', 'A', ' a', 'é', '\u{1F600}', `q'"\\\t\n`, 'never heard of'];

const traitChange = fc.record({
  user: fc.constantFrom(...USERS.slice(0, -1)),
  trait: fc.constantFrom('x', 'y'),
  value: fc.option(value, { freq: 4 }),
  seq: fc.integer({ min: 1, max: 6 }),
});

export const cohortWorld: fc.Arbitrary<CohortWorld> = fc
  .record({
    world: anyWorld,
    traits: fc.array(traitChange, { maxLength: 20, size: 'max' }),
    lists: fc.array(fc.array(fc.constantFrom(...USERS), { maxLength: 6 }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ world, traits, lists }) => ({
    ...world,
    lists,
    // Beyond the positions of the other upserts of a batch.
    traits: traits.map((change, i): TraitChange => ({ ...change, position: 1_000 + i })),
  }));

/** Writes it as a property's data; list i is named `list<i>`. */
export async function writeCohortWorld(engine: Engine, propertyNumber: number, world: CohortWorld): Promise<void> {
  await writeWorld(engine, propertyNumber, 'members', world);
  const changes = world.traits.map((change) => traitRow(propertyNumber, change));
  if (changes.length > 0) await engine.insertRows('user_changes', changes);
  const members = world.lists.flatMap((list, i) =>
    list.map((user_id) => ({ property: propertyNumber, set_hash: `list${i}`, user_id })),
  );
  if (members.length > 0) await engine.insertRows('member_sets', members);
}

function traitRow(property: number, { user, trait, value: given, seq, position }: TraitChange): object {
  const only = (type: string): object => (typeof given === type ? { [trait]: given } : {});
  return {
    property,
    user_id: user,
    seq,
    position,
    registration_given: false,
    registered_at: null,
    text: only('string'),
    number: only('number'),
    flag: only('boolean'),
    removed: given === null ? [trait] : [],
  };
}
