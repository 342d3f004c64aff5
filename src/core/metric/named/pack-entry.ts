import type { JsonValue } from '../../json.js';

/** The body that makes a metric of a pack. */
export interface PackEntry {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly metric: string;
  readonly fixed: Readonly<Record<string, JsonValue>>;
  readonly defaults: Readonly<Record<string, JsonValue>>;
}
