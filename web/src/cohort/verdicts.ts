import type { components } from '@muster/client';
import { everyOf } from '../text/every-of.js';

export type Verdict = components['schemas']['UploadRow']['status'];

/** What a row of an upload can be. */
export const VERDICTS = everyOf<Verdict>({ valid: true, unknown: true, duplicate: true, invalid: true, blank: true });
