import fc from 'fast-check';
import { idProblem, storedText } from '../../../src/core/upload/upload-row.js';
import { parseUserId } from '../../../src/core/cohort/user-id.js';

describe('what stands for a user in a row', () => {
  it('is refused exactly where a user id is', () => {
    const long = fc.tuple(fc.string({ unit: 'binary' }), fc.nat(300)).map(([text, n]) => text + 'é'.repeat(n));
    const any = fc.oneof(fc.string(), long, fc.constantFrom('', 'a\0', '\ud800', 'x\udc00y', '😀'.repeat(64)));
    fc.assert(
      fc.property(any, (text) => {
        const parse = (): string => parseUserId(text, '');
        if (idProblem(text) === null) expect(parse()).toBe(text);
        else expect(parse).toThrow();
      }),
    );
  });

  it.each([
    ['', 'blank'],
    ['x'.repeat(256), null],
    ['x'.repeat(257), 'too_long'],
    ['😀'.repeat(64), null],
    ['😀'.repeat(65), 'too_long'],
    ['a\0', 'invalid_text'],
    ['\udc00', 'invalid_text'],
    [' ', null],
  ])('%j is %s', (text, problem) => {
    expect(idProblem(text)).toBe(problem);
  });

  it('is kept in whole characters, up to 256 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const kept = storedText(text);
        expect(text.startsWith(kept)).toBe(true);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(256);
        if (kept !== text) expect(Buffer.byteLength(kept)).toBeGreaterThan(252);
      }),
    );
    expect(storedText('é'.repeat(200))).toBe('é'.repeat(128));
    expect(storedText(`x${'😀'.repeat(200)}`)).toBe(`x${'😀'.repeat(63)}`);
  });
});
