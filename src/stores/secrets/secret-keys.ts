import type { Config } from '../../platform/config/config.js';
import { SecretFile } from '../../platform/config/secret-file.js';
import { SecretKey } from './secret-key.js';

/** Of the data folder; a line for each key, the one that seals first. */
export const SECRET_KEY_FILE = 'secret-key';

/**
 * The keys of this process: those of MUSTER_SECRET_KEY, else those of the file in the data folder. The first one seals,
 * all of them open. The file is read each time: a rotation by another process holds at once.
 */
export class SecretKeys {
  private readonly file: SecretFile;

  constructor(private readonly config: Pick<Config, 'dataDir' | 'secretKeys'>) {
    this.file = new SecretFile(config.dataDir, SECRET_KEY_FILE);
  }

  /** Where they are from, for messages. */
  get source(): string {
    return this.isSet ? 'MUSTER_SECRET_KEY' : this.file.path;
  }

  /** Whether they are a setting: the program changes no setting. */
  get isSet(): boolean {
    return this.config.secretKeys.length > 0;
  }

  /** None where there is neither a setting nor a file. @throws Error for a file that holds anything else */
  all(): readonly SecretKey[] {
    const texts = this.isSet ? this.config.secretKeys : (this.file.text()?.split(/\s+/) ?? []);
    return texts.map((text) => SecretKey.of(text) ?? this.refuse());
  }

  /** The key that seals; it is made where there is none. */
  sealing(): SecretKey {
    const [first] = this.all();
    if (first !== undefined) return first;
    const key = SecretKey.random();
    this.write([key]);
    return key;
  }

  /** Puts others in place of those of the file. */
  write(keys: readonly SecretKey[]): void {
    this.file.write(keys.map(({ text }) => text).join('\n'));
  }

  private refuse(): never {
    throw new Error(
      `${this.source} holds a line that is no key: 32 bytes as base64, as "openssl rand -base64 32" prints`,
    );
  }
}
