import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

  /** What is in it, without white space around it; null: there is no file. */
  text(): string | null {
    return this.exists() ? readFileSync(this.path, 'utf8').trim() : null;
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
