import { browserStore, type BrowserStore } from '../../src/browser-store.js';
import { trackables, type Trackables } from '../../src/trackables.js';

let sent: [string, object][];
let owner: string;
let tab: string | undefined;
let listeners: Record<string, () => void>;
let isShown: boolean;
let waiting: (() => unknown)[];
let all: Trackables;
let store: BrowserStore;

beforeEach(() => {
  sent = [];
  owner = 'ann';
  tab = 'tab-1';
  isShown = true;
  waiting = [];
  // In memory: there is no localStorage here.
  store = browserStore('muster_');
  all = newPage();
});

afterEach(() => {
  Object.assign(globalThis, { addEventListener: undefined, document: undefined });
});

/** Trackables as a page has them that begins. */
function newPage(): Trackables {
  listeners = {};
  Object.assign(globalThis, {
    document: { hidden: false },
    addEventListener: (type: string, listener: () => void) => (listeners[type] = listener),
  });
  return trackables(
    store,
    () => ({ visitor: 'v-1', session: 's-1', tab, user: owner }),
    (event, properties) => sent.push([event, properties]),
    (work) => void (isShown ? work() : waiting.push(work)),
  );
}

/** Does something at an instant, in ms since 1970. */
function at(ms: number, work: () => void): void {
  const { now } = Date;
  Date.now = () => ms;
  try {
    work();
  } finally {
    Date.now = now;
  }
}

it('a statistic tells its running total and the change', () => {
  const exports = all.statistic('exports');
  exports.add();
  exports.add(4);
  exports.add(-2);
  exports.set(10);
  exports.set(10);
  expect(exports.value).toBe(10);
  expect(sent).toEqual([
    ['$statistic', { name: 'exports', value: 1, change: 1 }],
    ['$statistic', { name: 'exports', value: 5, change: 4 }],
    ['$statistic', { name: 'exports', value: 3, change: -2 }],
    ['$statistic', { name: 'exports', value: 10, change: 7 }],
  ]);
});

it('each user has totals of his own', () => {
  all.statistic('exports').add(3);
  owner = 'bob';
  all.statistic('exports').add(1);
  expect(sent.map(([, properties]) => (properties as { value: number }).value)).toEqual([3, 1]);
  owner = 'ann';
  expect(all.statistic('exports').value).toBe(3);
});

it('a state tells what it was before, and nothing where it stays', () => {
  const theme = all.state('theme');
  expect(theme.value).toBeUndefined();
  theme.set('dark');
  theme.set('dark');
  theme.set('light');
  expect(sent).toEqual([
    ['$state', { name: 'theme', state: 'dark', previous: undefined }],
    ['$state', { name: 'theme', state: 'light', previous: 'dark' }],
  ]);
});

it('a timer adds up what was measured between start, pause, resume and stop', () => {
  const editing = all.timer('editing');
  at(1_000, () => {
    editing.stop();
    editing.start();
  });
  at(3_500, () => {
    editing.start();
    editing.pause();
  });
  at(9_000, () => editing.resume());
  // Another object of the same timer.
  at(9_100, () => all.timer('editing').stop());
  expect(sent).toEqual([
    ['$timer', { name: 'editing', seconds: 2.5, total: 2.5 }],
    ['$timer', { name: 'editing', seconds: 0.1, total: 2.6 }],
  ]);
  expect(editing.totalSeconds).toBe(2.6);
});

it('a timer runs on in the next page of its tab, and in no other', () => {
  all.timer('reading').start();
  const startedMs = Date.now();
  at(startedMs + 2_000, () => listeners['pagehide']?.());
  // Browsers hide a page after it was left.
  (globalThis as unknown as { document: { hidden: boolean } }).document.hidden = true;
  at(startedMs + 2_001, () => listeners['visibilitychange']?.());
  const next = newPage();
  tab = 'tab-2';
  next.timer('reading').stop();
  tab = 'tab-1';
  at(startedMs + 5_000, () => next.timer('reading').stop());
  next.timer('reading').stop();
  const seconds = sent.map(([, properties]) => Math.round((properties as { seconds: number }).seconds));
  expect([seconds, Math.round(next.timer('reading').totalSeconds)]).toEqual([[2, 3], 5]);
});

it('a timer of a page that is hidden has told its time, and goes on', () => {
  all.timer('reading').start();
  const startedMs = Date.now();
  (globalThis as unknown as { document: { hidden: boolean } }).document.hidden = true;
  at(startedMs + 4_000, () => listeners['visibilitychange']?.());
  at(startedMs + 6_000, () => all.timer('reading').pause());
  const seconds = sent.map(([, properties]) => Math.round((properties as { seconds: number }).seconds));
  expect(seconds).toEqual([4, 2]);
});

it('a sequence counts when its checkpoints come in order: A B A A B C is once', () => {
  const buying = all.sequence('buying', ['A', 'B', 'C']);
  for (const checkpoint of ['A', 'B', 'A', 'A', 'B', 'C']) buying.reach(checkpoint);
  expect(buying.completions).toBe(1);
  expect(buying.reached).toEqual([]);
  expect(sent.filter(([event]) => event === '$checkpoint')).toHaveLength(6);
  expect(sent.at(-2)).toEqual(['$checkpoint', { name: 'buying', checkpoint: 'C', position: 3 }]);
  expect(sent.at(-1)).toEqual(['$sequence', { name: 'buying', checkpoints: 'A-->B-->C', completions: 1 }]);
});

it('a sequence refuses a checkpoint that it does not have, and forgets a round', () => {
  const buying = all.sequence('buying', ['A', 'B']);
  expect(() => buying.reach('X')).toThrow('buying has no checkpoint X');
  buying.reach('A');
  buying.clear();
  buying.reach('B');
  expect(buying.completions).toBe(0);
});

it('a statistic takes finite numbers alone, and no state is none', () => {
  const exports = all.statistic('exports');
  expect(() => exports.add(NaN)).toThrow(RangeError);
  expect(() => exports.add('2' as unknown as number)).toThrow(RangeError);
  expect(() => exports.set(Infinity)).toThrow(RangeError);
  expect([exports.value, sent]).toEqual([0, []]);
  all.state('theme').set('');
  expect(sent).toEqual([]);
});

it('what a page does while it is prerendered is done when it is shown, to what is kept then', () => {
  isShown = false;
  const [runs, theme, reading] = [all.statistic('runs'), all.state('theme'), all.timer('reading')];
  const buying = all.sequence('buying', ['A', 'B']);
  runs.add(2);
  theme.set('dark');
  at(1_000, () => reading.start());
  buying.reach('A');
  // At once, as they are the page's errors.
  expect(() => runs.set(NaN)).toThrow(RangeError);
  expect(() => buying.reach('X')).toThrow('buying has no checkpoint X');
  expect([runs.value, theme.value, buying.reached, sent]).toEqual([0, undefined, [], []]);
  isShown = true;
  // Another tab of the site, meanwhile.
  all.statistic('runs').add(40);
  at(5_000, () => waiting.forEach((work) => work()));
  at(7_000, () => reading.stop());
  buying.reach('B');
  expect([runs.value, theme.value, buying.completions]).toEqual([42, 'dark', 1]);
  expect(sent.slice(0, 4)).toEqual([
    ['$statistic', { name: 'runs', value: 40, change: 40 }],
    ['$statistic', { name: 'runs', value: 42, change: 2 }],
    ['$state', { name: 'theme', state: 'dark', previous: undefined }],
    ['$checkpoint', { name: 'buying', checkpoint: 'A', position: 1 }],
  ]);
  expect(sent.at(4)).toEqual(['$timer', { name: 'reading', seconds: 2, total: 2 }]);
});
