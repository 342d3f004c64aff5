/** A clock that is off by less is right: the way of a message takes its time, too. */
export const RIGHT_WITHIN_MS = 5_000;
/** What is found of one clock differs by less, however long each message was on its way. */
export const SAME_CLOCK_MS = 30_000;

/** By how much times are moved whose clock is off by so much, as far as one message tells; 0: it is right. */
export function shiftOf(offMs: number): number {
  return Math.abs(offMs) > RIGHT_WITHIN_MS ? offMs : 0;
}

/**
 * Which of the shifts that hold for a sender is that of a clock which is off by so much; undefined: none is. So what is
 * sent again is moved by the same again, whether its way is shorter or longer than before.
 */
export function heldShift(offMs: number, held: readonly number[]): number | undefined {
  const near = held.filter((shift) => Math.abs(shift - offMs) <= SAME_CLOCK_MS);
  return near.toSorted((a, b) => Math.abs(a - offMs) - Math.abs(b - offMs))[0];
}
