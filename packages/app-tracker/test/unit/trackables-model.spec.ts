import fc from 'fast-check';
import type { AppTracker } from '../../src/index.js';
import { OpenTrackers } from '../open-trackers.js';
import { CHECKPOINTS, step, type Step, TrackablesOracle } from '../trackables-oracle.js';

async function applied(tracker: AppTracker, [kind, value]: Step): Promise<unknown> {
  const sequence = tracker.sequence('sequence', CHECKPOINTS);
  if (kind === 'add') return tracker.statistic('statistic').add(value);
  if (kind === 'set') return tracker.statistic('statistic').set(value);
  if (kind === 'state') return tracker.state('state').set(value);
  if (kind === 'seconds') return tracker.timer('timer').add(value);
  if (kind === 'reach') return sequence.reach(value);
  if (kind === 'advance') return sequence.advanceTo(value);
  if (kind === 'removeLast') return sequence.removeLast();
  return kind === 'clear' ? sequence.clear() : undefined;
}

function figuresOf(tracker: AppTracker): object {
  const [statistic, state] = [tracker.statistic('statistic'), tracker.state('state')];
  const [timer, sequence] = [tracker.timer('timer'), tracker.sequence('sequence', CHECKPOINTS)];
  return {
    statistic: [statistic.value, statistic.changes, statistic.sinceStart, statistic.average],
    history: statistic.history.map(({ value }) => value),
    state: [state.value, state.changes],
    timer: [timer.totalSeconds, timer.changes, timer.averageSeconds],
    sequence: [sequence.reached, sequence.completions],
  };
}

describe('trackables', () => {
  it('are what a naive oracle says after any steps, also in the next run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const trackers = new OpenTrackers();
        const oracle = new TrackablesOracle();
        let tracker = await trackers.open({ historyLength: 5 });
        try {
          for (const one of steps) {
            oracle.apply(one);
            const changed = applied(tracker, one);
            if (one[0] === 'reopen') {
              await tracker.close();
              tracker = await trackers.open({ historyLength: 5 });
            }
            expect(figuresOf(tracker)).toEqual(oracle.figures());
            await changed;
          }
          expect(trackers.problems).toEqual([]);
        } finally {
          await trackers.end();
        }
      }),
      { numRuns: 60 },
    );
  });
});
