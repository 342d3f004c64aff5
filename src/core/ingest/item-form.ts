import type { BodyNotes } from './body-notes.js';
import type { InstantForm } from './instant-reader.js';
import type { Nested } from './scalar-map.js';

/** How the items of a body are written, beside the form of the body itself. */
export interface ItemForm {
  /** The last instant that is taken. */
  readonly latestMs: number;
  readonly times: InstantForm;
  readonly nested: Nested;
  /** Ids of users whose items the property refuses. */
  readonly refusedUsers: ReadonlySet<string>;
  /** What is noticed of the items that are taken. */
  readonly notes: BodyNotes;
}
