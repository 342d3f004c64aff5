import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { eventStream, type Snapshot, type Watched } from '../../../src/platform/http/event-stream.js';

const state = (n: number, isLast = false): Snapshot => ({
  id: `s${n}`,
  event: isLast ? 'done' : 'step',
  data: { n },
  isLast,
});

/** Goes one state on with every look. */
class Steps implements Watched {
  isClosing = false;
  constructor(
    private readonly states: readonly (Snapshot | null)[],
    private at = 0,
  ) {}
  async read(): Promise<Snapshot | null> {
    return this.states[Math.min(this.at++, this.states.length - 1)] ?? null;
  }
  async changed(): Promise<void> {}
}

async function idsOf(stream: AsyncIterable<string>, cutAfter = Infinity): Promise<string[]> {
  const ids: string[] = [];
  for await (const text of stream) {
    const id = /^id: (.*)$/m.exec(text)?.[1];
    if (id !== undefined) ids.push(id);
    if (ids.length >= cutAfter) break;
  }
  return ids;
}

describe('the stream of server-sent events', () => {
  it('tells each state once, the last one too, and ends', async () => {
    const states = [state(1), state(1), state(2), state(2), state(3, true), state(4)];
    const texts: string[] = [];
    for await (const text of eventStream(new Steps(states), null)) texts.push(text);
    expect(texts).toEqual([
      'retry: 1000\n\n',
      'id: s1\nevent: step\ndata: {"n":1}\n\n',
      'id: s2\nevent: step\ndata: {"n":2}\n\n',
      'id: s3\nevent: done\ndata: {"n":3}\n\n',
    ]);
  });

  it('misses nothing that lasts, and repeats nothing, wherever it is cut and taken up again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 1, max: 4 })), async (n, cuts) => {
        const states = Array.from({ length: n }, (_, i) => state(i + 1, i + 1 === n));
        const reported: string[] = [];
        for (const cutAfter of [...cuts, Infinity]) {
          // The states stand still while nobody is connected.
          const watched = new Steps(states, Math.max(0, reported.length - 1));
          reported.push(...(await idsOf(eventStream(watched, reported.at(-1) ?? null), cutAfter)));
        }
        expect(reported).toEqual(states.map(({ id }) => id));
      }),
    );
  });

  it('says now and then that it is there', async () => {
    const watched: Watched = {
      isClosing: false,
      read: async () => state(1),
      changed: (maxMs) => sleep(Math.min(maxMs, 20)),
    };
    const texts: string[] = [];
    for await (const text of eventStream(watched, null, 50)) {
      texts.push(text);
      if (texts.length === 4) break;
    }
    expect(texts.slice(2)).toEqual([': still here\n\n', ': still here\n\n']);
  });

  it('waits while nothing can be read, and ends without an end where the process stops', async () => {
    const watched = new Steps([null, state(1), state(2)]);
    const ids: string[] = [];
    for await (const text of eventStream(watched, null)) {
      const id = /^id: (.*)$/m.exec(text)?.[1];
      if (id !== undefined) ids.push(id);
      watched.isClosing = ids.length === 2;
    }
    expect(ids).toEqual(['s1', 's2']);
  });
});
