/** What is wrong, for programs. The table of docs/app-tracker.md has them. */
export type ProblemCode =
  | 'folder_in_use'
  | 'folder_unwritable'
  | 'folder_taken'
  | 'other_user'
  | 'other_version'
  | 'not_written'
  | 'not_safe'
  | 'damaged_file'
  | 'closed'
  | 'upload_failed'
  | 'key_refused'
  | 'events_refused'
  | 'events_dropped'
  | 'changes_merged';

/** Something that keeps a figure from being written or uploaded, or that has become of one. */
export class TrackerProblem extends Error {
  override readonly name: string = 'TrackerProblem';

  constructor(
    readonly code: ProblemCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The code of an error of the system, such as `ENOSPC`; empty: it has none. */
export function systemCode(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
