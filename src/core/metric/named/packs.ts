import type { PackEntry } from './pack-entry.js';
import { TRACKABLES_PACK } from './trackables-pack.js';
import { WEB_PACK } from './web-pack.js';
import { parseWikiMapping, wikimediaPack } from './wikimedia-pack.js';

/** Metrics that are named at one stroke. */
export interface Pack {
  /** The last part of the path that names them. */
  readonly id: 'wikimedia' | 'web' | 'trackables';
  readonly title: string;
  readonly description: string;
  readonly entries: readonly PackEntry[];
}

/** Every pack; that of Wikimedia with the names of events and properties that it has unless a body gives others. */
export const PACKS: readonly Pack[] = [
  {
    id: 'web',
    title: 'A web site',
    description:
      'Page views, sessions and bounces, visible time, conversions, revenue, interests and sources, over the events of the browser tracker.',
    entries: WEB_PACK,
  },
  {
    id: 'trackables',
    title: 'Trackables of applications',
    description: 'Statistics, states, timers and sequences, over the events of the app tracker.',
    entries: TRACKABLES_PACK,
  },
  {
    id: 'wikimedia',
    title: 'Wikimedia',
    description:
      'Edits, bytes, reverts, survival and the others of UserMetrics and Wikimetrics, over events of a wiki.',
    entries: wikimediaPack(parseWikiMapping({})),
  },
];
