import { setTimeout as sleep } from 'node:timers/promises';

/** One state of what is watched. Two with one id are one event. */
export interface Snapshot {
  readonly id: string;
  readonly event: string;
  /** An object, or the text of its JSON in pieces. */
  readonly data: object | AsyncIterable<string>;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** Where the events come from. */
export interface Watched {
  /** What holds now. Null: it cannot be read at the moment. */
  read(): Promise<Snapshot | null>;
  /** Resolves soon after a change, and in any case after `maxMs`. */
  changed(maxMs: number): Promise<void>;
  /** Whether this process is about to stop. */
  readonly isClosing: boolean;
}

/** How often it is looked, whatever the hints say: a change that none tells of is this late at the most. */
const LOOK_EVERY_MS = 2000;
const HEARTBEAT_MS = 15_000;
/** What a client waits before it comes back. */
const RETRY_MS = 1000;

/**
 * Server-sent events of what is watched, from its present state to its last one, which ends the stream. A client that comes back with the id of the last event it
 * has got goes on behind it: a state is told once, however often the connection is cut.
 */
export async function* eventStream(
  watched: Watched,
  lastEventId: string | null,
  heartbeatMs = HEARTBEAT_MS,
): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  let reported = lastEventId;
  let spokeMs = performance.now();
  for (;;) {
    const snapshot = await watched.read();
    if (snapshot !== null && snapshot.id !== reported) {
      yield* textOf(snapshot);
      reported = snapshot.id;
      spokeMs = performance.now();
    }
    if (snapshot?.isLast || watched.isClosing) return;
    await (snapshot === null ? sleep(RETRY_MS) : watched.changed(Math.min(LOOK_EVERY_MS, heartbeatMs)));
    if (performance.now() - spokeMs >= heartbeatMs) {
      yield ': still here\n\n';
      spokeMs = performance.now();
    }
  }
}

/** JSON has no line breaks, and ids are ours. */
async function* textOf({ id, event, data }: Snapshot): AsyncGenerator<string> {
  const head = `id: ${id}\nevent: ${event}\ndata: `;
  if (!(Symbol.asyncIterator in data)) return yield `${head}${JSON.stringify(data)}\n\n`;
  yield head;
  yield* data;
  yield '\n\n';
}
