import { access, constants, stat, statfs } from 'node:fs/promises';
import { Failure } from '../../core/failure.js';
import { ownsStore, type Config } from '../config/config.js';

/** How long a look at the disk is good for; one costs three calls of the system. */
const GOOD_FOR_MS = 1000;
const RETRY_AFTER_SECONDS = 60;
const MEBIBYTE = 1024 * 1024;

/** What of the settings is looked at. */
export type DiskConfig = Pick<Config, 'dataDir' | 'databaseUrl' | 'clickhouseUrl' | 'diskReserveBytes'>;

/**
 * Whether the disk of the embedded stores can take more. Below the reserve nothing that writes is begun, so that
 * nothing half happens, and that the stores keep the room in which to read, to delete and to tidy up. Stores given by
 * URL look after their own disks.
 */
export class DiskSpace {
  private refused: Promise<Failure | null> | undefined;
  private lookedMs = -Infinity;
  /** The folder as it was at the first look: one that was deleted and made again is another one. */
  private folder: string | undefined;

  /** Without a configuration there is no disk of ours. */
  constructor(private readonly config?: DiskConfig) {}

  /** Whether there is a disk of ours to look at. */
  get isWatched(): boolean {
    const { config } = this;
    return config !== undefined && ownsStore(config);
  }

  /** Why nothing may be written now, as it was at most a second ago; null: it may. Never throws. */
  refusal(): Promise<Failure | null> {
    const { config } = this;
    if (config === undefined || !this.isWatched) return Promise.resolve(null);
    const nowMs = performance.now();
    if (this.refused === undefined || nowMs - this.lookedMs > GOOD_FOR_MS) {
      this.lookedMs = nowMs;
      this.refused = this.look(config);
    }
    return this.refused;
  }

  /** @throws Failure storage_full, storage_unavailable */
  async refuseWrites(): Promise<void> {
    const refusal = await this.refusal();
    if (refusal !== null) throw refusal;
  }

  private async look({ dataDir, diskReserveBytes }: DiskConfig): Promise<Failure | null> {
    try {
      const [space, folder] = await Promise.all([statfs(dataDir), stat(dataDir), access(dataDir, constants.W_OK)]);
      const identity = `${folder.dev}:${folder.ino}`;
      this.folder ??= identity;
      if (this.folder !== identity) return unavailable('it was deleted and made again');
      const freeBytes = space.bavail * space.bsize;
      return freeBytes < diskReserveBytes ? full(freeBytes, diskReserveBytes) : null;
    } catch (error) {
      return unavailable((error as NodeJS.ErrnoException).code ?? String(error));
    }
  }
}

function full(freeBytes: number, reserveBytes: number): Failure {
  const [free, reserve] = [freeBytes, reserveBytes].map((bytes) => Math.floor(bytes / MEBIBYTE));
  return new Failure(
    'storage_full',
    `The disk of the data folder has ${free} MB left, less than the reserve of ${reserve} MB (MUSTER_DISK_RESERVE_MB): nothing is written. Reading and deleting go on; free some space.`,
    [],
    { retry_after: RETRY_AFTER_SECONDS },
  );
}

function unavailable(reason: string): Failure {
  return new Failure(
    'storage_unavailable',
    `The data folder cannot be used (${reason}): nothing is written. Put it back, or make it writable, and start Muster again.`,
    [],
    { retry_after: RETRY_AFTER_SECONDS },
  );
}
