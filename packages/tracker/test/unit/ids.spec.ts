import { newId, timeOf } from '../../src/ids.js';

it('ids differ, grow, and hold their time', () => {
  const before = Date.now();
  const ids = Array.from({ length: 5_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  expect(ids.every((id) => /^[0-9a-f]{31}$/.test(id))).toBe(true);
  expect(timeOf(ids[0] ?? '')).toBeGreaterThanOrEqual(before);
  expect(timeOf(ids[0] ?? '')).toBeLessThanOrEqual(Date.now() + ids.length);
});
