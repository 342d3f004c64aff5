import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Semaphore } from '@muster/embedded-stores';

/** argon2id: 19 MiB, twice over, as OWASP asks at least. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Each takes a core for some 20 ms. */
const AT_ONCE = 2;

const NEVER = new AbortController().signal;

/** Hashes passwords, a few at a time. */
@Injectable()
export class Passwords {
  private readonly slots = new Semaphore(AT_ONCE);
  /** Compared where there is no person, so that this takes as long. */
  private readonly nobody = hash('nobody has this password', COST);

  /** A PHC string. */
  hash(password: string): Promise<string> {
    return this.alone(() => hash(password, COST));
  }

  /** False for a null hash, after the same time. */
  async matches(stored: string | null, password: string): Promise<boolean> {
    const matches = await this.alone(async () => await verify(stored ?? (await this.nobody), password));
    return matches && stored !== null;
  }

  private async alone<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.slots.acquire(NEVER);
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
