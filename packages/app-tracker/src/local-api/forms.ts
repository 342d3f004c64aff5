import type { Sequence } from '../trackables/sequence.js';
import type { State } from '../trackables/state.js';
import type { Statistic } from '../trackables/statistic.js';
import type { Timer } from '../trackables/timer.js';
import { invalidField } from './local-failure.js';
import type { Fields } from './fields.js';
import { Form } from './form.js';

const STATISTICS = new Form<Statistic>({
  field: 'value',
  all: (tracker) => tracker.statistics,
  declare(tracker, name, description, fields) {
    fields.number('value', 0);
    return tracker.statistic(name, { description });
  },
  begin: (one, fields) => one.set(fields.number('value', 0)),
  view: ({ value, startValue, sinceStart, average }) => ({
    value,
    start_value: startValue,
    since_start: sinceStart,
    average,
  }),
  actions: {
    set: { field: 'value', run: (one, fields) => one.set(fields.number('value')) },
    increment: { field: 'by', run: (one, fields) => one.add(fields.number('by', 1)) },
    decrement: { field: 'by', run: (one, fields) => one.add(-fields.number('by', 1)) },
  },
});

const STATES = new Form<State>({
  field: 'value',
  all: (tracker) => tracker.states,
  declare: (tracker, name, description, fields) =>
    tracker.state(name, { description, initial: stateOf(fields, null) ?? undefined }),
  begin: () => undefined,
  view: ({ value }) => ({ value }),
  actions: { set: { field: 'value', run: (one, fields) => one.set(stateOf(fields)) } },
});

const TIMERS = new Form<Timer>({
  field: 'seconds',
  all: (tracker) => tracker.timers,
  declare(tracker, name, description, fields) {
    secondsOf(fields, 0);
    return tracker.timer(name, { description });
  },
  begin: (one, fields) => one.add(secondsOf(fields, 0)),
  view: (one) => ({
    total_seconds: one.totalSeconds,
    total_minutes: one.totalMinutes,
    total_hours: one.totalHours,
    total_days: one.totalDays,
    average_seconds: one.averageSeconds,
    formatted_total: one.formattedTotal(),
    formatted_average: one.formattedAverage(),
    elapsed_seconds: one.elapsedSeconds,
    is_started: one.isStarted,
    is_paused: one.isPaused,
  }),
  actions: {
    start: { run: (one) => one.start() },
    pause: { run: (one) => one.pause() },
    resume: { run: (one) => one.resume() },
    stop: { run: (one) => one.stop().then((seconds) => ({ stopped_seconds: seconds })) },
    add: { field: 'seconds', run: (one, fields) => one.add(secondsOf(fields)) },
  },
});

const SEQUENCES = new Form<Sequence>({
  field: 'checkpoints',
  all: (tracker) => tracker.sequences,
  declare: (tracker, name, description, fields) => tracker.sequence(name, fields.texts('checkpoints'), { description }),
  begin: () => undefined,
  view: ({ checkpoints, reached, checkpoint, completions }) => ({ checkpoints, reached, checkpoint, completions }),
  actions: {
    reach: { field: 'checkpoint', run: (one, fields) => one.reach(checkpointOf(fields)) },
    'advance-to': { field: 'checkpoint', run: (one, fields) => one.advanceTo(checkpointOf(fields)) },
    'remove-last': { run: (one) => one.removeLast().then((checkpoint) => ({ removed: checkpoint })) },
    clear: { run: (one) => one.clear() },
  },
});

/** By the first segment of their paths. */
export const FORMS: ReadonlyMap<string, Form<Statistic> | Form<State> | Form<Timer> | Form<Sequence>> = new Map<
  string,
  Form<Statistic> | Form<State> | Form<Timer> | Form<Sequence>
>([
  ['statistics', STATISTICS],
  ['states', STATES],
  ['timers', TIMERS],
  ['sequences', SEQUENCES],
]);

const MAX_STATE = 1_000;
const MAX_CHECKPOINT = 200;

/** Null: no state. @throws LocalFailure invalid_field for what is neither a text nor null, or absent without a default */
function stateOf(fields: Fields, absent?: null): string | null {
  const isNone = fields.has('value') ? fields.raw('value') === null : absent === null;
  return isNone ? null : fields.text('value', MAX_STATE);
}

/** @throws LocalFailure invalid_field for what is no number from 0 on, or absent without a default */
function secondsOf(fields: Fields, absent?: number): number {
  const seconds = fields.number('seconds', absent);
  if (seconds < 0) throw invalidField('seconds', 'Time that is over stays: a number from 0 on is needed.');
  return seconds;
}

/** @throws LocalFailure invalid_field for what is no text */
function checkpointOf(fields: Fields): string {
  return fields.text('checkpoint', MAX_CHECKPOINT);
}
