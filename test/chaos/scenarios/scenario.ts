import { addFigures, noFigures, type Figures } from '../figures.js';
import type { Checked } from '../check.js';
import type { Fleet, QueueKind } from '../fleet.js';

/** How much of it: the lean suite and the full table differ in nothing else. */
export interface Size {
  readonly rounds: number;
  /** Requests of a round; each scenario has its own. */
  readonly requests?: number;
  readonly watchers?: number;
  /** How many of the requests take the engine about a second. */
  readonly slow?: number;
}

export interface Scenario {
  /** One word, to ask for it by. */
  readonly name: string;
  /** What is done, for the table. */
  readonly title: string;
  /** Settings of every process, where they are not the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the jobs have to be for it; without, it is tried on both. */
  readonly queue?: QueueKind;
  run(fleet: Fleet, size: Size): Promise<Checked>;
}

/** Rounds one after another, added up. */
export async function rounds(count: number, once: (n: number) => Promise<Checked>): Promise<Checked> {
  let figures: Figures = noFigures();
  const findings: string[] = [];
  for (let n = 0; n < count; n++) {
    const checked = await once(n);
    figures = addFigures(figures, checked.figures);
    findings.push(...checked.findings.map((finding) => `round ${n + 1}: ${finding}`));
  }
  return { figures, findings };
}
