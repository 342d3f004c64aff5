import { trackables } from './trackables.js';

type Calls = ((...call: unknown[]) => unknown) & { q?: unknown[] };

/** Adds trackables to the tracker, which may be loaded before or after. */
const page = window as unknown as { muster?: Calls };
page.muster ??= Object.assign((...call: unknown[]) => page.muster?.q?.push(call), { q: [] });
page.muster('extend', trackables);
