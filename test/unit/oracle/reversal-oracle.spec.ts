import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { PropertyValue } from '../../../src/core/event/filter.js';
import { WIKI_EVENTS } from '../../support/wiki.js';
import { asked, shown, worldOf } from './tiny-world.js';

/** The table beside the history is in the test of the engine. */
describe('reversals in the small wiki', () => {
  const events = WIKI_EVENTS as readonly {
    user: string;
    event: string;
    time: string;
    properties: Record<string, PropertyValue>;
  }[];
  const world = worldOf(events.map(({ user, event, time, properties }) => [user, event, time, properties]));
  const table = (params: object): unknown => {
    const all = { event: ['edit'], where: null, object: 'page', content: 'content' };
    const request: Partial<CanonicalRequest> = {
      metric: 'reversal_rate' as never,
      params: { ...all, look_ahead: 15, look_back: 15, ignore_self: true, ...params },
      window: { kind: 'fixed', from: '2024-01-10T00:00:00.000Z', to: '2024-01-13T00:00:00.000Z', births: null },
    };
    return shown(asked(world, request, '2024-03-01T00:00:00Z').rows);
  };

  it.each([
    [{}, [5, 7], [3, 7], [2, 4]],
    [{ look_ahead: 3, look_back: 3 }, [4, 7], [3, 7], [1, 4]],
    [{ look_ahead: 1, look_back: 1 }, [2, 7], [3, 7], [1, 4]],
    [{ ignore_self: false }, [6, 7], [3, 7], [2, 4]],
    [{ where: { property: 'namespace', eq: 0 } }, [2, 4], [3, 5], [1, 3]],
    [{ where: { property: 'bytes', gt: 1000 } }, [0, 0], [0, 0], [0, 0]],
  ])('%j', (params, ada, ben, cleo) => {
    const row = ([reversed = 0, count = 0]: number[]): unknown[] => [
      reversed > 0 ? 1 : 0,
      reversed,
      count,
      count === 0 ? 'no_denominator' : reversed / count,
    ];
    expect(table(params)).toEqual({ ada: row(ada), ben: row(ben), cleo: row(cleo) });
  });
});
