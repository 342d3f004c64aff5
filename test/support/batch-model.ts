import fc from 'fast-check';

export interface SentEvent {
  readonly user: string;
  readonly id: string | null;
  readonly n: number;
}

export interface SentUser {
  readonly user: string;
  readonly country: string | null;
}

export type Step =
  | { readonly kind: 'events'; readonly items: readonly SentEvent[] }
  | { readonly kind: 'users'; readonly items: readonly SentUser[] }
  | { readonly kind: 'delete'; readonly which: number }
  | { readonly kind: 'merge' };

const users = fc.constantFrom('a', 'b', 'c');
/** What a sender may do to a small property, in any order. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('events' as const),
        items: fc.array(fc.record({ user: users, id: fc.constantFrom('i', 'j', null), n: fc.constantFrom(1, 2) }), {
          minLength: 1,
          maxLength: 5,
        }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('users' as const),
        items: fc.array(fc.record({ user: users, country: fc.constantFrom('US', 'DE', null) }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'merge' as const }) },
  ),
  { minLength: 4, maxLength: 14 },
);

/**
 * What a property holds, in plain words: the batch that each event that counts came with, and every upsert in its
 * order.
 */
export class BatchModel {
  readonly events = new Map<string, { readonly seq: number; readonly sent: SentEvent }>();
  upserts: { readonly seq: number; readonly sent: SentUser }[] = [];
  readonly batches: number[] = [];

  send(seq: number, items: readonly SentEvent[]): { accepted: number; duplicates: number; conflicts: number[] } {
    let accepted = 0;
    const conflicts: number[] = [];
    items.forEach((sent, index) => {
      const key = JSON.stringify([sent.user, sent.id ?? sent.n, sent.id === null]);
      const stored = this.events.get(key);
      if (stored === undefined) {
        accepted++;
        this.events.set(key, { seq, sent });
      } else if (stored.sent.n !== sent.n) conflicts.push(index);
    });
    this.batches.push(seq);
    return { accepted, duplicates: items.length - accepted, conflicts };
  }

  upsert(seq: number, items: readonly SentUser[]): void {
    this.upserts.push(...items.map((sent) => ({ seq, sent })));
    this.batches.push(seq);
  }

  takeBack(seq: number): void {
    for (const [key, stored] of this.events) if (stored.seq === seq) this.events.delete(key);
    this.upserts = this.upserts.filter((upsert) => upsert.seq !== seq);
  }

  stored(): string[] {
    return [...this.events.values()]
      .map(({ seq, sent }) => `${sent.user} ${sent.id ?? ''} ${sent.n} ${seq}`)
      .toSorted();
  }

  /** How many events count, and how many upserts give a country. */
  schema(): object {
    const events = this.events.size;
    const countries = this.upserts.filter(({ sent }) => sent.country !== null).length;
    const counts = events > 0 ? [[events], [events]] : [[], []];
    return { counts, countries: countries > 0 ? [countries] : [] };
  }

  user(name: string): object | null {
    const own = this.upserts.filter(({ sent }) => sent.user === name);
    const events = [...this.events.values()].filter(({ sent }) => sent.user === name).length;
    const country = own.at(-1)?.sent.country ?? null;
    return own.length + events === 0 ? null : { events, traits: country === null ? {} : { country } };
  }
}
