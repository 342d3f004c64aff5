let newest = 0;
/** Hexadecimal digits of the time, until the year 2527. */
const TIME_DIGITS = 11;

/** An id that nobody else makes, larger than all that this page has made before: the time, and 80 random bits. */
export function newId(): string {
  newest = Math.max(Date.now(), newest + 1);
  const random = [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => (byte & 15).toString(16));
  return newest.toString(16) + random.join('');
}

/** When an id was made, in ms since 1970; of an id of somebody else no time that means anything. */
export const timeOf = (id: string): number => parseInt(id.slice(0, TIME_DIGITS), 16);
