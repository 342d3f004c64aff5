import * as fc from 'fast-check';
import type { PropertyValue } from '../../../src/core/event/filter.js';
import type { Engine } from '../../../src/stores/clickhouse/engine.js';
import { world as anyWorld } from './arbitrary.js';
import { value } from './arbitrary-filter.js';
import { writeWorld } from './engine-world.js';
import type { UserChange, World } from './world.js';

/** A world with more traits. Its members are those of one list; the other lists are given by name. */
export interface CohortWorld extends World {
  readonly lists: readonly (readonly string[])[];
}

const USERS = ['a', 'A', ' a', 'é', '\u{1F600}', `q'"\\\t\n`, 'never heard of'];

/** Null removes the trait. */
interface TraitChange {
  readonly user: string;
  readonly trait: string;
  readonly given: PropertyValue | null;
  readonly seq: number;
}

const traitChange: fc.Arbitrary<TraitChange> = fc.record({
  user: fc.constantFrom(...USERS.slice(0, -1)),
  trait: fc.constantFrom('x', 'y'),
  given: fc.option(value, { freq: 4 }),
  seq: fc.integer({ min: 1, max: 6 }),
});

export const cohortWorld: fc.Arbitrary<CohortWorld> = fc
  .record({
    world: anyWorld,
    traits: fc.array(traitChange, { maxLength: 20, size: 'max' }),
    lists: fc.array(fc.array(fc.constantFrom(...USERS), { maxLength: 6 }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ world, traits, lists }) => ({ ...world, lists, changes: [...world.changes, ...traits.map(upsert)] }));

/** Beyond the positions of the other upserts of a batch. */
function upsert({ user, seq, trait, given }: TraitChange, i: number): UserChange {
  return { user, seq, position: 1_000 + i, traits: { [trait]: given } };
}

/** Writes it as a property's data; list i is named `list<i>`. */
export async function writeCohortWorld(engine: Engine, propertyNumber: number, world: CohortWorld): Promise<void> {
  await writeWorld(engine, propertyNumber, 'members', world);
  const members = world.lists.flatMap((list, i) =>
    list.map((user_id) => ({ property: propertyNumber, set_hash: `list${i}`, user_id })),
  );
  if (members.length > 0) await engine.insertRows('member_sets', members);
}
