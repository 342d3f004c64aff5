import * as fc from 'fast-check';
import { propertyName, value } from './arbitrary-filter.js';
import { instantOf, type Season } from './arbitrary-season.js';
import type { SentEvent, UserChange, World } from './world.js';

export const LAST_SEQ = 4;
export const EVENT_NAMES = ['view', 'buy', 'VIEW'];

/** Ids that are easily mistaken for one another, mangled or sorted otherwise than by their bytes. */
const ids = ['a', 'é', '\u{1F600}', 'A', ' a', 'e\u0301', '\uFFFD', `q'"\\\t\n`] as const;
/** Mostly the first three, so that these have been registered and do much. */
const user = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids.slice(0, 3)) }, fc.constantFrom(...ids));
/** Few, so that several users share one, and of every type. */
export const shared = fc.constantFrom<string | number | boolean>(
  '1',
  1,
  true,
  'é',
  'z',
  '',
  false,
  -2.5,
  'true',
  '\u{1F600}',
  1e300,
);
/** Contents that come back, and numbers to be added up. */
const few = fc.constantFrom<string | number>(1, 2.5, -3, 'a', 'b');
const seq = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: LAST_SEQ }));

/**
 * Everything that a property was sent around the time: ties, repeats, events on every bound, registrations given,
 * changed and removed, traits.
 */
export function worldIn(season: Season): fc.Arbitrary<World> {
  const instant = instantOf(season);
  const event = fc.record({
    user,
    name: fc.constantFrom(...EVENT_NAMES),
    timeMs: instant,
    clientId: fc.constantFrom('', '1'),
    contentHash: fc.constantFrom(0, 0, 0, 7),
    properties: fc.record(
      {
        x: fc.oneof(value, few),
        y: fc.oneof(value, few, shared),
        [`it's`]: value,
        page: fc.constantFrom('p', 'p', 'q'),
        sha: fc.constantFrom('a', 'b', 'c'),
      },
      { requiredKeys: [] },
    ),
    seq,
    /** Sent again: the identity is that of an earlier one. */
    repeats: fc.option(fc.nat(), { freq: 3 }),
  });
  const change = fc.record(
    {
      user,
      seq,
      registeredMs: fc.oneof({ weight: 10, arbitrary: instant }, fc.constant(null), fc.constant(undefined)),
      traits: fc.dictionary(propertyName, fc.oneof({ weight: 4, arbitrary: shared }, fc.constant(null)), {
        maxKeys: 2,
      }),
    },
    { requiredKeys: ['user', 'seq', 'registeredMs'] },
  );
  const members = fc.array(fc.oneof({ weight: 9, arbitrary: user }, fc.constant('never heard of')), {
    maxLength: 12,
    size: 'max',
  });
  return fc.record({
    events: fc
      .oneof(fc.array(event, { maxLength: 20 }), {
        weight: 4,
        arbitrary: fc.array(event, { minLength: 30, maxLength: 70, size: 'max' }),
      })
      .map((sent) => sent.map((item, i) => sentAgain(sent, item, i))),
    changes: fc
      .oneof(fc.array(change, { maxLength: 8 }), {
        weight: 4,
        arbitrary: fc.array(change, { minLength: 10, maxLength: 20, size: 'max' }),
      })
      .map((sent) => sent.map((item, position): UserChange => Object.assign({}, item, { position }))),
    members,
  });
}

type Drawn = Omit<SentEvent, 'position'> & { readonly repeats: number | null };

function sentAgain(all: readonly Drawn[], { repeats, ...own }: Drawn, position: number): SentEvent {
  const earlier = repeats === null || position === 0 ? own : all[repeats % position]!;
  const { user: sender, name, timeMs, clientId, contentHash } = earlier;
  return { ...own, user: sender, name, timeMs, clientId, contentHash, position };
}
