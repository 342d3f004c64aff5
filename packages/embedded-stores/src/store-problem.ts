/**
 * `configuration`: the machine or the settings have to change; `folder_in_use`: another process works on the data
 * folder; `storage_full`: its disk has no room.
 */
export type StoreProblemKind = 'configuration' | 'folder_in_use' | 'storage_full';

/**
 * Why the stores cannot start until somebody acts: `problems` has one line for each thing to put right, which names the
 * setting of Muster that helps.
 */
export class StoreProblem extends Error {
  constructor(
    readonly kind: StoreProblemKind,
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
    this.name = 'StoreProblem';
  }
}
