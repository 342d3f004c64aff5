import { heard } from './attempt.js';
import type { TrackerOptions } from './options.js';
import { createTracker, type Tracker } from './tracker.js';

/** A call of a page: the name of a function of the tracker, or `init`, and what it takes. */
type Call = readonly [name: string, ...values: unknown[]];

declare global {
  interface Window {
    /** Before the script is loaded a function of the page that keeps calls in `q`. */
    muster?: { readonly q?: readonly Call[] };
  }
}

const script = document.currentScript as HTMLScriptElement | null;
const waiting = window.muster?.q ?? [];
let tracker: Tracker | undefined;

function init(options: Partial<TrackerOptions>): Tracker {
  const serverUrl = script?.src.replace(/\/[^/]*$/, '');
  return (tracker ??= createTracker({ serverUrl, ...options } as TrackerOptions));
}

/** `muster('track', 'opened')`; once it is initialised also `muster.track('opened')`. */
function muster(...[name, ...values]: Call): unknown {
  const all = { ...tracker, init } as unknown as Record<string, ((...values: unknown[]) => unknown) | undefined>;
  const given = all[name]?.(...values);
  Object.assign(muster, tracker);
  return given;
}

// A second script on the page counts nothing again.
if (!(window.muster as Partial<Tracker> | undefined)?.flush) {
  window.muster = muster as Window['muster'];
  // Attributes are options by their names: data-server-url, data-query-parameters="page,sort".
  if (script?.dataset['key']) muster('init', script.dataset);
  // One call of the page that is wrong is not to cost it the others.
  for (const call of waiting) heard(() => muster(...call));
}
