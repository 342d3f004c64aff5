import { setImmediate as nextTurn } from 'node:timers/promises';

/** So many are committed at once: what has to be cleaned up after a crash stays small. */
const MAX_MEMBERS = 64;

interface Waiting<M, R> {
  readonly member: M;
  readonly share: number;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Commits what arrives from all callers in groups (decisions/0041-group-commit.md): while one group of a key is being
 * committed, the next one gathers. Nobody waits for a timer: whoever finds nothing under way begins at once, with those
 * who come in the same turn of the event loop.
 */
export class GroupCommit<M, R> {
  readonly #queues = new Map<string, Waiting<M, R>[]>();

  /**
   * The result of `member`, which takes its `share` of a group, up to 1. `commit` gives the results of a group in its
   * order, and is the same for all of a key.
   */
  add(
    key: string,
    { member, share }: { readonly member: M; readonly share: number },
    commit: (members: readonly M[]) => Promise<readonly PromiseSettledResult<R>[]>,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      const waiting = { member, share, resolve, reject };
      const queue = this.#queues.get(key);
      if (queue) return void queue.push(waiting);
      const begun = [waiting];
      this.#queues.set(key, begun);
      void this.#run(key, begun, commit);
    });
  }

  async #run(
    key: string,
    queue: Waiting<M, R>[],
    commit: (members: readonly M[]) => Promise<readonly PromiseSettledResult<R>[]>,
  ): Promise<void> {
    await nextTurn();
    while (queue.length > 0) {
      const group = queue.splice(0, sizeOfNext(queue));
      const results = await commit(group.map(({ member }) => member)).catch((reason: unknown) =>
        group.map((): PromiseRejectedResult => ({ status: 'rejected', reason })),
      );
      for (const [at, { resolve, reject }] of group.entries()) {
        const result = results[at];
        if (result?.status === 'fulfilled') resolve(result.value);
        else reject(result?.reason);
      }
    }
    this.#queues.delete(key);
  }
}

/** How many of those who wait fit into one group; at least one. */
function sizeOfNext(queue: readonly { readonly share: number }[]): number {
  let size = 0;
  let taken = 0;
  for (const { share } of queue.slice(0, MAX_MEMBERS)) {
    taken += share;
    if (size > 0 && taken > 1) break;
    size += 1;
  }
  return size;
}
