/** A clock that is off by less is right: the way of a message takes its time, too. */
export const RIGHT_WITHIN_MS = 5_000;

/**
 * By how much the times of a sender are moved, in ms; 0: its clock is right. `known`: by how much they were moved before.
 * It goes on to hold as long as it is as right as a clock has to be, so that an event that is sent again gets the same
 * time again.
 */
export function clockShift(sentAtMs: number | null, receivedMs: number, known: number | undefined): number {
  if (sentAtMs === null) return 0;
  const shift = receivedMs - sentAtMs;
  if (known !== undefined && Math.abs(shift - known) <= RIGHT_WITHIN_MS) return known;
  return Math.abs(shift) > RIGHT_WITHIN_MS ? shift : 0;
}
