import { isApiKey } from '../access/key-format.js';
import { SecretFile } from '../platform/config/secret-file.js';

/** `<data>/admin-key`: the first key. */
export class AdminKeyFile extends SecretFile {
  constructor(dataDir: string) {
    super(dataDir, 'admin-key');
  }

  /** The key in the file; null where there is none that is whole. */
  read(): string | null {
    const text = this.text();
    return text !== null && isApiKey(text) ? text : null;
  }
}
