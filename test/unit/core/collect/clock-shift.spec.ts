import fc from 'fast-check';
import { heldShift, shiftOf } from '../../../../src/core/collect/clock-shift.js';

describe('clocks', () => {
  it.each([
    [0, 0],
    [4_999, 0],
    [-5_000, 0],
    [5_001, 5_001],
    [-3_600_000, -3_600_000],
  ])('that are found off by %s ms are moved by %s', (off, shift) => expect(shiftOf(off)).toBe(shift));

  it.each([
    [100, [], undefined],
    [6_200, [0], 0],
    [300, [6_200], 6_200],
    [31_000, [0], undefined],
    [3_600_400, [0, 3_600_000], 3_600_000],
    [20_000, [0, 31_000], 31_000],
  ])('that are found off by %s, where %j holds: %s', (off, held, shift) => expect(heldShift(off, held)).toBe(shift));

  it('are moved by the same again, however long each message is on its way', () => {
    const way = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.array(way, { minLength: 1 }),
        (error, [first = 0, ...ways]) => {
          const held = [shiftOf(error + first)];
          for (const later of ways) expect(heldShift(error + later, held)).toBe(held[0]);
        },
      ),
    );
  });
});
