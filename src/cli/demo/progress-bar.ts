import { Presets, SingleBar } from 'cli-progress';

/** A bar on the terminal; where there is none, a line now and then. */
export function progressBar(what: string, total: number): SingleBar {
  const format = `${what.padEnd(18)} [{bar}] {percentage}% | {value}/{total}`;
  const bar = new SingleBar(
    { format, noTTYOutput: true, notTTYSchedule: 1000, stream: process.stdout },
    Presets.legacy,
  );
  bar.start(total, 0);
  return bar;
}
