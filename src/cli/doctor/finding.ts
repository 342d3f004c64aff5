/** One thing that was looked at, what was found, and what to do where it is not as it should be. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly advice?: string;
}

export const fine = (what: string, found: string): Finding => ({ what, state: 'ok', found });

/** What works, and could be better. */
export const warn = (what: string, found: string, advice: string): Finding => ({ what, state: 'warn', found, advice });

/** What keeps Muster from starting or from working. */
export const fail = (what: string, found: string, advice: string): Finding => ({ what, state: 'fail', found, advice });
