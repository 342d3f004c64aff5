/** What the work gives; undefined where the browser denies it: storage, cookies, an address that is none. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** What a listener of the page gives; an error in it is the page's, and stops nothing here. */
export function heard<T>(listener: () => T): T | undefined {
  try {
    return listener();
  } catch (error) {
    reportError(error);
    return undefined;
  }
}
