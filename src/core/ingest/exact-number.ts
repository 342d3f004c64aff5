/** An integer as its digits, with a fraction of zeros or none. What is written with an exponent is a double's own spelling. */
const INTEGER = /^[+-]?(\d+)(?:\.0*)?$/;

/**
 * Whether a number, read from `literal` to the nearest double, is an integer beyond 2^53 that the double is not equal to: its last digits would be
 * others (docs/semantics.md#events-and-users). Costs nothing below 2^53.
 */
export function isInexactInteger(literal: string, number: number): boolean {
  if (Number.isSafeInteger(number) || !Number.isFinite(number)) return false;
  const digits = INTEGER.exec(literal)?.[1]?.replace(/^0+/, '');
  return digits !== undefined && BigInt(digits) !== BigInt(Math.abs(number));
}
