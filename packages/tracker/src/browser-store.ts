import { attempt } from './attempt.js';

/** Texts by name: in localStorage while that is open to us, else in the memory of the page. */
export interface BrowserStore {
  get(name: string): string | undefined;
  /** Without a value, or with an empty one, the name is removed. */
  set(name: string, value?: string | number): void;
  /** Names that begin so, in order. */
  names(start: string): string[];
  /** Moves what is in memory to localStorage. */
  open(): void;
  /** Removes everything, and stays in memory. */
  close(): void;
}

/** Every name begins with `prefix` in localStorage, and without it here. */
export function browserStore(prefix: string): BrowserStore {
  const memory = new Map<string, string>();
  let disk: Storage | undefined;

  const get = (name: string): string | undefined =>
    memory.get(name) ?? attempt(() => disk?.[prefix + name] as string | undefined);
  const set = (name: string, value?: string | number): void => {
    memory.delete(name);
    if (!value) attempt(() => delete disk?.[prefix + name]);
    // Denied, or full.
    else if (!disk || !attempt(() => ((disk as Storage)[prefix + name] = value))) memory.set(name, `${value}`);
  };
  const names = (start: string): string[] => {
    const kept = Object.keys(disk ?? {}).flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
    return [...memory.keys(), ...kept].filter((name) => name.startsWith(start)).sort();
  };
  const open = (): void => {
    disk = attempt(() => localStorage);
    new Map(memory).forEach((value, name) => set(name, value));
  };
  const close = (): void => {
    memory.clear();
    open();
    names('').forEach((name) => set(name));
    disk = undefined;
  };
  return { get, set, names, open, close };
}
