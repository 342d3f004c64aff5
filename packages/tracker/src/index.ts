import type { TrackerOptions } from './options.js';
import { trackables, type Trackables } from './trackables.js';
import { createTracker, type Tracker } from './tracker.js';

export type { Extension, Order, Tracker, When } from './tracker.js';
export type { Sequence, State, Statistic, Timer, Trackables } from './trackables.js';
export type { Answer, DropReason, Properties, TrackedEvent, TrackerListeners, TrackerOptions } from './options.js';

/** Starts to track the page, with trackables. */
export const init = (options: TrackerOptions): Tracker & Trackables => createTracker(options).extend(trackables);
