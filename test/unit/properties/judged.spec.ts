import fc from 'fast-check';
import { JournalMemories } from '../../../src/properties/journal/journal-memory.js';
import { judged, type Look } from '../../../src/properties/journal/judged.js';
import type { UserSurvey } from '../../../src/properties/journal/user-survey.js';
import {
  identityKey,
  joined,
  type EventIdentity,
  type KnownUser,
  type UserSpan,
} from '../../../src/stores/clickhouse/known-users.js';

const event = fc.record({
  user: fc.constantFrom('a', 'b', 'c'),
  timeMs: fc.integer({ min: 0, max: 4 }),
  name: fc.constantFrom('e', 'f'),
  id: fc.constantFrom('', '1'),
});
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ group: fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.constant('flush' as const) },
  { weight: 1, arbitrary: fc.constant('forget' as const) },
  { weight: 3, arbitrary: fc.constantFrom('begin' as const, 'evict' as const) },
  { weight: 3, arbitrary: fc.constantFrom('early' as const, 'late' as const) },
);

const sameEvent = (one: EventIdentity, other: EventIdentity): boolean =>
  one.user === other.user && one.timeMs === other.timeMs && one.name === other.name && one.id === other.id;

/** What the engine would tell of the events that are in it. */
function lookInto(stored: readonly EventIdentity[], asked: string[][]): Look {
  return (users, instants) => {
    asked.push([...users]);
    const found = new Map<string, KnownUser>();
    for (const one of stored) {
      if (!users.includes(one.user)) continue;
      const before = found.get(one.user);
      const span = joined(before?.span, { firstMs: one.timeMs, lastMs: one.timeMs }) as UserSpan;
      const keys = instants.includes(one.timeMs) ? [identityKey(one)] : [];
      found.set(one.user, { span, seen: new Set([...(before?.seen ?? []), ...keys]) });
    }
    return Promise.resolve(found);
  };
}

function complete(survey: UserSurvey, stored: readonly EventIdentity[]): void {
  for (const { user } of stored) survey.add(user);
  survey.complete(Math.max(...stored.map(({ timeMs }) => timeMs)));
}

describe('a judged group', () => {
  it('has only new events, and knows whose are the first, whatever is in the journal, the engine or forgotten', async () => {
    const memories = new JournalMemories(4);
    const others = memories.of('others');
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 30, size: 'max' }), async (steps) => {
        const memory = memories.of(`p${runs++}`);
        const journal: EventIdentity[] = [];
        const stored: EventIdentity[] = [];
        let seq = 0;
        let survey: { readonly own: UserSurvey; readonly early: readonly EventIdentity[] } | undefined;
        for (const one of steps) {
          if (one === 'forget') memory.forgetAll();
          else if (one === 'evict') {
            for (let n = 0; n < 4; n++) others.remember(`u${runs++}`, { firstMs: 0, lastMs: 0 });
          } else if (one === 'early' || one === 'late') {
            // The engine may be read at any time between the begin of a survey and its end.
            if (survey) complete(survey.own, one === 'early' ? survey.early : stored);
          } else if (one === 'begin') {
            const own = memory.beginSurvey();
            stored.push(...journal.splice(0));
            memory.flushed(seq);
            survey = { own, early: [...stored] };
          } else if (one === 'flush') {
            stored.push(...journal.splice(0));
            memory.flushed(seq);
          } else {
            const before = [...journal, ...stored];
            const judgements = await judged(one.group, memory, lookInto(stored, []));
            const group: EventIdentity[] = [];
            for (const [place, batch] of one.group.entries()) {
              const all = [...before, ...group, ...batch];
              const isNew = batch.every((own) => all.filter((other) => sameEvent(own, other)).length === 1);
              const judgement = judgements[place];
              expect(judgement !== null).toBe(isNew);
              group.push(...batch);
              if (!judgement) continue;
              expect(judgement.newUsers).toBe(
                batch.some(({ user, timeMs }) => before.every((other) => other.user !== user || other.timeMs > timeMs)),
              );
              memory.add({ seq: ++seq, identities: batch, bytes: 1 });
              journal.push(...batch);
              for (const own of batch) {
                const span = { firstMs: own.timeMs, lastMs: own.timeMs };
                const known = joined(memory.span(own.user), judgement.spans.get(own.user));
                memory.remember(own.user, joined(known, span) ?? span);
              }
            }
            // The others are stored and compared.
            for (const [place, batch] of one.group.entries()) {
              if (judgements[place] !== null) continue;
              stored.push(...batch);
              memory.passed(++seq, batch);
            }
          }
        }
        memory.flushed(seq);
        expect(memory.pendingBytes).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('asks the engine nothing of an event after the last one of its user', async () => {
    const memory = new JournalMemories().of('p');
    memory.remember('a', { firstMs: 5, lastMs: 10 });
    const asked: string[][] = [];
    const at = (user: string, timeMs: number): EventIdentity => ({ user, timeMs, name: 'e', id: '' });
    const judgements = await judged([[at('a', 11)], null, [at('a', 10)], [at('b', 1)]], memory, lookInto([], asked));
    expect(asked).toEqual([['a', 'b']]);
    expect(judgements.map((one) => one?.newUsers ?? null)).toEqual([true, null, true, true]);
    asked.length = 0;
    await judged([[at('a', 11)]], memory, lookInto([], asked));
    expect(asked).toEqual([]);
  });
});
