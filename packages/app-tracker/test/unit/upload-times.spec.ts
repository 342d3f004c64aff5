import { OpenTrackers } from '../open-trackers.js';
import { startNaiveDoor, type NaiveDoor } from '../naive-door.js';

const DAY_MS = 86_400_000;
const realNow = Date.now;

describe('uploads of changes whose time the server would refuse', () => {
  let trackers: OpenTrackers;
  let door: NaiveDoor;
  let server: { url: string; key: string };

  beforeEach(async () => {
    trackers = new OpenTrackers();
    door = await startNaiveDoor();
    server = { url: door.url, key: 'muster_pk_x' };
  });

  afterEach(async () => {
    Date.now = realNow;
    await trackers.end();
    await door.close();
  });

  /** The clock of the machine, and not the monotonic one. */
  const clock = (shiftMs: number): void => void (Date.now = () => realNow() + shiftMs);

  it('after a month without a server bring them at the bound, with their own time', async () => {
    clock(-30 * DAY_MS);
    const tracker = await trackers.open({ server });
    await tracker.statistic('runs').add();
    await tracker.statistic('runs').add();
    Date.now = realNow;
    await tracker.statistic('runs').add();
    expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 3 });
    const [old, , now] = door.events;
    expect(Date.parse(String(old?.properties['$occurred_at']))).toBeLessThan(Date.now() - 29 * DAY_MS);
    expect(Math.abs(Date.parse(old?.time ?? '') - (Date.now() - 6 * DAY_MS))).toBeLessThan(60_000);
    expect(now?.properties).not.toHaveProperty('$occurred_at');
    expect(lastValue()).toBe(3);
  });

  it.each([
    ['ahead by a year', 365 * DAY_MS],
    ['behind by a year', -365 * DAY_MS],
    ['behind by a minute', -60_000],
  ])('by a clock that is %s are shifted by that', async (_, shiftMs) => {
    clock(shiftMs);
    const tracker = await trackers.open({ server });
    await tracker.statistic('runs').add();
    door.aheadMs = -shiftMs;
    expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 1 });
    Date.now = realNow;
    expect(Math.abs(Date.parse(door.events[0]?.time ?? '') - Date.now())).toBeLessThan(30_000);
    expect(trackers.problems).toEqual([]);
  });

  it('by a clock that is set back in between keep their order', async () => {
    const tracker = await trackers.open({ server });
    for (const shiftMs of [0, -3 * DAY_MS, 5 * DAY_MS, 0]) {
      clock(shiftMs);
      await tracker.statistic('runs').add();
      Date.now = realNow;
    }
    expect(await tracker.submit()).toMatchObject({ status: 'accepted', changes: 4 });
    expect(lastValue()).toBe(4);
  });

  it('where an answer was lost and a week went by tell totals, and add nothing twice', async () => {
    const tracker = await trackers.open({ server });
    await tracker.statistic('runs').add(3);
    door.reply = (_, take) => (take(), { status: 0 });
    await tracker.submit();
    door.reply = () => undefined;
    door.aheadMs = 8 * DAY_MS;
    expect(await tracker.submit()).toMatchObject({ status: 'accepted' });
    expect(await tracker.submit()).toMatchObject({ status: 'accepted' });
    expect(door.events.map(({ properties }) => properties)).toMatchObject([
      { value: 3, change: 3 },
      { value: 3, change: 0 },
    ]);
    expect(trackers.codes()).toEqual(['upload_failed', 'events_refused']);
  });

  /** By time, then by id, as docs/trackables.md says. */
  function lastValue(): unknown {
    const sorted = door.events.toSorted((a, b) => (a.time + a.id < b.time + b.id ? -1 : 1));
    return sorted.at(-1)?.properties['value'];
  }
});
