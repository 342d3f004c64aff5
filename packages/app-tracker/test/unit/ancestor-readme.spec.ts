import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { AppTracker } from '../../src/index.js';
import { OpenTrackers } from '../open-trackers.js';

/** The README of lobocv/anonymoususage (v1.14), line by line: each comment is its line of Python. */
describe('the README of anonymoususage', () => {
  let trackers: OpenTrackers;

  beforeEach(() => (trackers = new OpenTrackers()));
  afterEach(async () => trackers.end());

  it('The Tracker Class', async () => {
    // unique_identifier = uuid.uuid4()
    const user = randomUUID();
    // tracker = AnonymousUsageTracker(uuid=unique_identifier, filepath=database_path, check_interval_s=5*60,
    //   submit_interval_s=30*60, application_name='MyApp', application_version='1.0.0')
    const tracker = await trackers.open({
      user,
      checkEvery: 'PT5M',
      submitEvery: 'PT30M',
      application: { name: 'MyApp', version: '1.0.0' },
    });
    expect(tracker.isEnabled).toBe(true);
  });

  it('Using a Configuration File', async () => {
    const path = join(dirname(trackers.folder), 'tracker_config.conf');
    writeFileSync(
      path,
      `[General]
filepath = usage_stats.db
application_name = MyApp
application_version = 1.0.0
submit_interval_s = 500
check_interval_s = 30000

[HQ]
host = www.usagetrackerapp.com
api_key = ldfhksg23542kj5g73kk3465j
`,
    );
    // tracker = AnonymousUsageTracker.load_from_configuration(path, uuid, **kwargs)
    const tracker = await AppTracker.fromConfig(path, { user: randomUUID() });
    expect(tracker.isEnabled).toBe(true);
    await tracker.close();
  });

  it('Statistic', async () => {
    const tracker = await trackers.open();
    // tracker.track_statistic('run_number')
    const runNumber = tracker.statistic('run_number');
    // tracker['run_number'] += 1
    await runNumber.add(1);
    expect(runNumber.value).toBe(1);
    // tracker['run_number'] -= 1
    await runNumber.add(-1);
    expect(runNumber.value).toBe(0);
    // tracker['run_number'] = 1
    await runNumber.set(1);
    expect([runNumber.value, runNumber.changes]).toEqual([1, 3]);
  });

  it('State', async () => {
    const tracker = await trackers.open();
    // tracker.track_state('Unit System', 'Metric')
    const unitSystem = tracker.state('Unit System', { initial: 'Metric' });
    expect([unitSystem.value, unitSystem.changes]).toEqual(['Metric', 0]);
    // tracker['Unit System'] = 'US Standard'
    await unitSystem.set('US Standard');
    expect([unitSystem.value, unitSystem.changes]).toEqual(['US Standard', 1]);
    // NO_STATE
    expect(tracker.state('server').value).toBeNull();
  });

  it('Timer', async () => {
    const tracker = await trackers.open();
    // tracker.track_time('task_A')
    const taskA = tracker.timer('task_A');
    // tracker['task_A'].start_timer()
    taskA.start();
    // tracker['task_A'].pause_timer()
    taskA.pause();
    const paused = taskA.elapsedSeconds;
    expect(taskA.elapsedSeconds).toBe(paused);
    // tracker['task_A'].resume_timer()
    taskA.resume();
    // tracker['task_A'].stop_timer()
    const seconds = await taskA.stop();
    expect(seconds).toBeGreaterThanOrEqual(paused);
    // total_seconds, total_minutes, total_hours, total_days
    expect(taskA.totalSeconds).toBe(seconds);
    expect([taskA.totalMinutes, taskA.totalHours, taskA.totalDays]).toEqual(
      [60, 3600, 86_400].map((unit) => Number(seconds) / unit),
    );
    // formatted_total_time, formatted_average_time
    await taskA.add(3_725 - taskA.totalSeconds);
    expect([taskA.formattedTotal(), taskA.formattedTotal({ hours: false })]).toEqual([
      '1 hours 2 minutes 5 seconds',
      '62 minutes 5 seconds',
    ]);
    expect(taskA.formattedAverage()).toBe('31 minutes 2 seconds');
  });

  it('Sequence', async () => {
    const tracker = await trackers.open();
    // tracker.track_sequence('my_sequence', ['A', 'B', 'C', 'D'])
    const mySequence = tracker.sequence('my_sequence', ['A', 'B', 'C', 'D']);
    // tracker['my_sequence'] = 'A' ... 'D'
    await mySequence.reach('A');
    await mySequence.reach('B');
    await mySequence.reach('C');
    expect([mySequence.reached, mySequence.checkpoint]).toEqual([['A', 'B', 'C'], 'C']);
    await mySequence.reach('D');
    expect([mySequence.completions, mySequence.reached]).toEqual([1, []]);
    // tracker['my_sequence'] = 'B'; = 'C'
    await mySequence.reach('B');
    await mySequence.reach('C');
    expect(mySequence.reached).toEqual(['B', 'C']);
    // tracker['my_sequence'].clear_checkpoints()
    await mySequence.clear();
    expect(mySequence.reached).toEqual([]);
    // tracker['my_sequence'].advance_to_checkpoint('C')
    await mySequence.advanceTo('C');
    // tracker['my_sequence'].get_checkpoints('C')
    expect(mySequence.reached).toEqual(['A', 'B', 'C']);
    // tracker['my_sequence'].remove_checkpoint()
    expect(await mySequence.removeLast()).toBe('C');
    expect(mySequence.reached).toEqual(['A', 'B']);
    // tracker['my_sequence'] = 'C'; = 'D'
    await mySequence.reach('C');
    await mySequence.reach('D');
    expect(mySequence.completions).toBe(2);
  });

  it('Tracking Usage', async () => {
    const tracker = await trackers.open();
    tracker.state('server');
    const [playTime, questsComplete, monstersKilled] = [
      tracker.timer('play_time'),
      tracker.statistic('quests_complete'),
      tracker.statistic('monsters_killed'),
    ];
    // def login(server_name, username, password)
    const login = async (serverName: string): Promise<void> => {
      // tracker['play_time'].start_timer()
      playTime.start();
      // tracker['server'] = server_name
      await tracker.state('server').set(serverName);
    };
    // def logoff(): tracker['play_time'].stop_timer()
    const logoff = async (): Promise<unknown> => playTime.stop();
    // def hand_in_quests(quests): tracker['quests_complete'] += len(quests)
    const handInQuests = async (quests: readonly string[]): Promise<void> => questsComplete.add(quests.length);
    // def kill_monster(): tracker['monsters_killed'] += 1
    const killMonster = async (): Promise<void> => monstersKilled.add();
    await login('eu-1');
    await handInQuests(['dragon', 'ring']);
    await killMonster();
    await killMonster();
    await logoff();
    expect(tracker.get('server')).toMatchObject({ value: 'eu-1' });
    expect([questsComplete.value, monstersKilled.value, playTime.changes]).toEqual([2, 2, 1]);
    expect(tracker.get('unknown')).toBeUndefined();
  });
});
