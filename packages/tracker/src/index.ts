export { createTracker as init, type Order, type Tracker, type When } from './tracker.js';
export type { Sequence, State, Statistic, Timer } from './trackables.js';
export type { DropReason, Properties, TrackedEvent, TrackerListeners, TrackerOptions } from './options.js';
