import fc from 'fast-check';
import { RepeatFilter } from '../../../src/core/ingest/repeat-filter.js';
import { TextSpan } from '../../../src/core/ingest/text-span.js';

function span(text: string): TextSpan {
  const bytes = Buffer.from(text);
  const result = new TextSpan();
  result.set(bytes, 0, bytes.length);
  return result;
}

describe('RepeatFilter', () => {
  it('never overlooks a repetition', () => {
    const event = fc.tuple(fc.string({ maxLength: 3 }), fc.nat(2 ** 41), fc.string({ maxLength: 2 }), fc.option(fc.string({ maxLength: 20 }), { nil: null }));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 50 }), fc.nat(), (events, which) => {
        const filter = new RepeatFilter();
        for (const [user, ms, name, id] of [...events, events[which % events.length]!]) filter.add(span(user), ms, span(name), id === null ? null : span(id));
        return filter.mayRepeat;
      }),
    );
  });

  it('stays quiet over a hundred thousand different events, and after it was cleared', () => {
    const filter = new RepeatFilter();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 100_000; i++) filter.add(span(`user-${i % 1000}`), 1.7e12 + i, span('view'), span(`id-${i}`));
      expect(filter.mayRepeat).toBe(false);
      filter.clear();
    }
  });
});
