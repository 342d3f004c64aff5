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
  tracker ??= createTracker({ serverUrl, ...options } as TrackerOptions);
  return Object.assign(muster, tracker);
}

/** `muster('track', 'opened')`; once it is initialised also `muster.track('opened')`. */
function muster(...[name, ...values]: Call): unknown {
  if (name === 'init') return init(values[0] as TrackerOptions);
  return (tracker as unknown as Record<string, ((...values: unknown[]) => unknown) | undefined> | undefined)?.[name]?.(
    ...values,
  );
}

window.muster = muster as Window['muster'];
// Attributes are options by their names: data-server-url, data-query-parameters="page,sort".
if (script?.dataset['key']) init(script.dataset as Partial<TrackerOptions>);
for (const call of waiting) muster(...call);
