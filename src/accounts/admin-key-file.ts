import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isApiKey } from '../access/key-format.js';

const ONLY_OWNER = 0o600;

/** A secret in the data folder, readable by the owner of the process alone. */
export class SecretFile {
  readonly path: string;

  constructor(
    private readonly dataDir: string,
    name: string,
  ) {
    this.path = join(dataDir, name);
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  /** Never seen half written, nor open to others. */
  write(secret: string): void {
    mkdirSync(this.dataDir, { recursive: true });
    const unfinished = `${this.path}.new`;
    writeFileSync(unfinished, `${secret}\n`, { mode: ONLY_OWNER, flush: true });
    chmodSync(unfinished, ONLY_OWNER);
    renameSync(unfinished, this.path);
  }
}

/** `<data>/admin-key`: the first key. */
export class AdminKeyFile extends SecretFile {
  constructor(dataDir: string) {
    super(dataDir, 'admin-key');
  }

  /** The key in the file; null where there is none that is whole. */
  read(): string | null {
    const text = this.exists() ? readFileSync(this.path, 'utf8').trim() : '';
    return isApiKey(text) ? text : null;
  }
}
