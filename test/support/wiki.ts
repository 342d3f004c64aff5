/**
 * What a small wiki sends: a history of four pages, blocks, and who registered when. Worked out by hand in the tests
 * that measure it.
 */

interface Edit {
  readonly user: string;
  readonly at: string;
  /** What the page is after it; two edits with one content leave the same page. */
  readonly content: string;
  /** By how many the page grows. */
  readonly bytes: number;
}

/** By page. The first edit of each creates it. */
const PAGES: Readonly<Record<string, { readonly namespace: number; readonly edits: readonly Edit[] }>> = {
  Owl: {
    namespace: 0,
    edits: [
      { user: 'ada', at: '10T00:00:00', content: 'a', bytes: 100 },
      { user: 'ben', at: '10T01:00:00', content: 'b', bytes: 20 },
      { user: 'ada', at: '10T02:00:00', content: 'a', bytes: -20 },
      { user: 'ben', at: '10T03:00:00', content: 'b', bytes: 20 },
      { user: 'cleo', at: '10T04:00:00', content: 'c', bytes: 5 },
      { user: 'ben', at: '10T05:00:00', content: 'b', bytes: -5 },
    ],
  },
  Fox: {
    namespace: 0,
    edits: [
      { user: 'cleo', at: '11T00:00:00', content: 'x', bytes: 50 },
      { user: 'ada', at: '11T01:00:00', content: 'y', bytes: 10 },
      { user: 'ada', at: '11T02:00:00', content: 'x', bytes: -10 },
      { user: 'ben', at: '11T03:00:00', content: 'y', bytes: 10 },
      { user: 'cleo', at: '11T04:00:00', content: 'x', bytes: -10 },
    ],
  },
  Elk: {
    namespace: 1,
    edits: [
      { user: 'ben', at: '12T00:00:00', content: 'p', bytes: 30 },
      { user: 'cleo', at: '12T01:00:00', content: 'q', bytes: 0 },
      { user: 'ada', at: '12T02:00:00', content: 'r', bytes: 1 },
      { user: 'ada', at: '12T03:00:00', content: 's', bytes: 1 },
      { user: 'ada', at: '12T04:00:00', content: 't', bytes: 1 },
      { user: 'ben', at: '12T05:00:00', content: 'p', bytes: -4 },
    ],
  },
  Bat: {
    namespace: 0,
    edits: [
      { user: 'ada', at: '09T00:00:00', content: 'm', bytes: 40 },
      { user: 'ben', at: '12T23:59:59.999', content: 'n', bytes: 2 },
      { user: 'ada', at: '13T00:00:00', content: 'm', bytes: -2 },
    ],
  },
};

const BLOCKS = [
  { user: 'ben', at: '12T10:00:00', until: 'P1D' },
  { user: 'cleo', at: '15T00:00:00', until: 'indefinite' },
  { user: 'ben', at: '20T00:00:00', until: 'P3D' },
];

export const WIKI_USERS: readonly object[] = [
  { user: 'ada', registered_at: '2024-01-01T00:00:00Z', traits: { skin: 'vector' } },
  { user: 'ben', registered_at: '2024-01-02T00:00:00Z', traits: { skin: 'vector', bot: false } },
  { user: 'cleo', registered_at: '2024-01-05T00:00:00Z', traits: { skin: 'monobook' } },
  { user: 'eve', registered_at: '2024-01-06T00:00:00Z' },
];

/** As POST /events takes them: `edit` and `block`, in January 2024. */
export const WIKI_EVENTS: readonly object[] = [
  ...Object.entries(PAGES).flatMap(([page, { namespace, edits }]) =>
    edits.map(({ user, at, content, bytes }, i) => ({
      user,
      event: 'edit',
      time: `2024-01-${at}Z`,
      properties: { page, namespace, content, bytes, parent: i, created: i === 0 },
    })),
  ),
  ...BLOCKS.map(({ user, at, until }) => ({ user, event: 'block', time: `2024-01-${at}Z`, properties: { until } })),
];
