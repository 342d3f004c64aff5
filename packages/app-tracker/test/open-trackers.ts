import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppTracker } from '../src/app-tracker.js';
import type { TrackerOptions } from '../src/options.js';
import type { TrackerProblem } from '../src/tracker-problem.js';

/** Trackers of one test, in one folder unless it is said otherwise. */
export class OpenTrackers {
  readonly folder = join(mkdtempSync(join(tmpdir(), 'muster-app-tracker-')), 'usage');
  readonly problems: TrackerProblem[] = [];
  readonly #open: AppTracker[] = [];

  async open(options: Partial<TrackerOptions> = {}): Promise<AppTracker> {
    const tracker = await AppTracker.open({
      user: 'anna',
      folder: this.folder,
      application: { name: 'editor', version: '1.0.0' },
      submitEvery: null,
      onProblem: (problem) => void this.problems.push(problem),
      ...options,
    });
    this.#open.push(tracker);
    return tracker;
  }

  codes(): string[] {
    return this.problems.map(({ code }) => code);
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(async (tracker) => tracker.close()));
  }

  async end(): Promise<void> {
    await this.closeAll();
    rmSync(join(this.folder, '..'), { recursive: true, force: true });
  }
}
