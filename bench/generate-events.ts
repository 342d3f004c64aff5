/** Events per generated user, about. */
const EVENTS_PER_USER = 20;
const NAMES = ['open', 'view', 'search', 'add_to_cart', 'purchase'];
const COUNTRIES = ['US', 'DE', 'NP', 'AU', 'BR'];
const START_MS = Date.UTC(2025, 0, 1);
const SPAN_MS = 180 * 86_400_000;

/** A small repeatable generator (mulberry32), so that every run measures the same bytes. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** NDJSON of `count` events, about 190 bytes each, in chunks of about 1 MB. */
export function generateEvents(count: number, seed = 1): Generator<Buffer> {
  return inChunks(eventLines(count, seed));
}

function* eventLines(count: number, seed: number): Generator<string> {
  const random = numbers(seed);
  const users = Math.max(1, Math.round(count / EVENTS_PER_USER));
  for (let i = 0; i < count; i++) {
    const name = NAMES[Math.floor(random() * NAMES.length)];
    const time = new Date(START_MS + Math.floor(random() * SPAN_MS)).toISOString();
    const properties = {
      country: COUNTRIES[Math.floor(random() * COUNTRIES.length)],
      dollars: Math.round(random() * 10_000) / 100,
      signed_in: random() < 0.7,
    };
    const user = `user-${String(Math.floor(random() * users)).padStart(8, '0')}`;
    yield `${JSON.stringify({ id: `event-${seed}-${i}`, user, event: name, time, properties })}\n`;
  }
}

/** Lines together in chunks of about 1 MB. */
export function* inChunks(lines: Iterable<string>): Generator<Buffer> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < 1_000_000) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}
