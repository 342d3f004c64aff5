import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isApiKey } from '../access/key-format.js';

const ONLY_OWNER = 0o600;

/** `<data>/admin-key`: the first key, readable by the owner of the process alone. */
export class AdminKeyFile {
  readonly path: string;

  constructor(private readonly dataDir: string) {
    this.path = join(dataDir, 'admin-key');
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  /** The key in the file; null where there is none that is whole. */
  read(): string | null {
    const text = this.exists() ? readFileSync(this.path, 'utf8').trim() : '';
    return isApiKey(text) ? text : null;
  }

  /** Never seen half written, nor open to others. */
  write(key: string): void {
    mkdirSync(this.dataDir, { recursive: true });
    const unfinished = `${this.path}.new`;
    writeFileSync(unfinished, `${key}\n`, { mode: ONLY_OWNER, flush: true });
    chmodSync(unfinished, ONLY_OWNER);
    renameSync(unfinished, this.path);
  }
}
