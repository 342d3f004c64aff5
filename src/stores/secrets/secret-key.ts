import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: 96 bits, random, are right for far more secrets than there will be. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A key by which secrets are sealed: AES-256-GCM. */
export class SecretKey {
  /** Names the key beside what it has sealed, and tells nothing of it. */
  readonly id: string;

  private constructor(private readonly bytes: Buffer) {
    this.id = createHash('sha256').update('muster secret key ').update(bytes).digest('hex').slice(0, 16);
  }

  static random(): SecretKey {
    return new SecretKey(randomBytes(KEY_BYTES));
  }

  /** From its text: 32 bytes as base64 or base64url. Null: it is none. */
  static of(text: string): SecretKey | null {
    if (!/^[\w+/-]{43}=?$/.test(text)) return null;
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === KEY_BYTES ? new SecretKey(bytes) : null;
  }

  get text(): string {
    return this.bytes.toString('base64url');
  }

  /** `owner`: what the secret belongs to; it can be opened for that alone. */
  seal(secret: string, owner: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.bytes, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(owner));
    return Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** Null: it was sealed by another key or for another owner, or is not whole. */
  open(sealed: string, owner: string): string | null {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.bytes, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}
