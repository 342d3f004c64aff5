import { createDecipheriv } from 'node:crypto';
import { SecretKey } from '../../../src/stores/secrets/secret-key.js';

const TEXT = Buffer.alloc(32, 7).toString('base64');
const key = SecretKey.of(TEXT)!;

describe('a key of secrets', () => {
  it('is 32 bytes, as base64 or base64url', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    const ids = [bytes.toString('base64'), bytes.toString('base64url')].map((text) => SecretKey.of(text)?.id);
    expect(ids[0]).toBe(ids[1]);
    for (const text of ['', 'a', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}!`]) {
      expect(SecretKey.of(text)).toBeNull();
    }
    const made = SecretKey.random();
    expect(SecretKey.of(made.text)?.id).toBe(made.id);
    expect(key.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('seals by AES-256-GCM with a nonce of its own each time', () => {
    const sealed = Buffer.from(key.seal('a secret é', 'acc/idp'), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32, 7), sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from('acc/idp')).setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString()).toBe('a secret é');
    expect(key.seal('a', 'o')).not.toBe(key.seal('a', 'o'));
  });

  it('opens what it has sealed, whole and for its owner alone', () => {
    const sealed = key.seal('a secret', 'acc_1/idp_1');
    expect(key.open(sealed, 'acc_1/idp_1')).toBe('a secret');
    expect(key.open(sealed, 'acc_2/idp_1')).toBeNull();
    expect(SecretKey.random().open(sealed, 'acc_1/idp_1')).toBeNull();
    const bytes = Buffer.from(sealed, 'base64url');
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(key.open(changed.toString('base64url'), 'acc_1/idp_1')).toBeNull();
    }
    for (const text of ['', 'a', sealed.slice(0, 20)]) expect(key.open(text, 'acc_1/idp_1')).toBeNull();
  });
});
