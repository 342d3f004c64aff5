import type { Audit } from './audit.js';
import type { LogLine, MusterProcess } from './muster-process.js';
import type { Question } from './world.js';

export interface Api {
  readonly process: MusterProcess;
  readonly url: string;
}

export interface SiteUrls {
  readonly databaseUrl: string;
  readonly engineUrl: string;
  readonly redisUrl: string | undefined;
}

/** An installation of Muster, of however many processes, as callers and checks see it. */
export interface Site {
  readonly apis: readonly Api[];
  readonly apiKey: string;
  readonly urls: SiteUrls;
  readonly audit: Audit;
  /** One that nobody has asked here. */
  newQuestion(slowness?: number): Question;
  /** The logs of all processes that ever were. */
  logs(): readonly (readonly LogLine[])[];
}
