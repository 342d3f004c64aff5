/** What the work gives; undefined where the browser denies it: storage, cookies, an address that is none. */
export function attempt<T>(work: () => T, onError?: (error: unknown) => void): T | undefined {
  try {
    return work();
  } catch (error) {
    return void onError?.(error);
  }
}

/** What a listener of the page gives; an error in it is the page's, and stops nothing here. */
export const heard = <T>(listener: () => T): T | undefined => attempt(listener, reportError);
