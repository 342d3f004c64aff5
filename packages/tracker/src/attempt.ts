/** What the work gives; undefined where the browser denies it: storage, cookies, an address that is none. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
