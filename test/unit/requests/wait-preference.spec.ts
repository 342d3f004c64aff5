import { waitOf } from '../../../src/platform/http/wait.js';

describe('waitOf', () => {
  it.each([
    [undefined, undefined, 0, false],
    ['0', undefined, 0, false],
    ['10', undefined, 10_000, false],
    ['2.5', undefined, 2500, false],
    ['60', 'wait=5', 60_000, false],
    [undefined, 'wait=10', 10_000, true],
    [undefined, 'respond-async, wait=3', 3000, true],
    [undefined, 'handling=lenient; wait="7"', 7000, true],
    [undefined, 'Wait = 4', 4000, true],
    [undefined, 'wait=600', 60_000, true],
    [undefined, 'wait=soon', 0, false],
    [undefined, 'await=9', 0, false],
  ])('?wait=%s and Prefer: %s wait %d ms', (query, prefer, ms, preferred) => {
    expect(waitOf(query, prefer)).toEqual({ ms, preferred });
  });

  it.each(['61', '-1', '1e1', '', ' 5', 'ten', '60.001'])('refuses ?wait=%s', (query) => {
    expect(() => waitOf(query, undefined)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter', errors: [expect.objectContaining({ parameter: 'wait' })] }),
    );
  });
});
