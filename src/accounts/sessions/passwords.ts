import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Semaphore } from '@muster/embedded-stores';

/** argon2id: 19 MiB, twice over, as OWASP asks at least. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Each takes a core for some 20 ms. */
const AT_ONCE = 2;

const NEVER = new AbortController().signal;

const { memoryCost, timeCost, parallelism } = COST;
/** A hash that nobody's password has, of the same cost: compared where there is no person, so that this takes as long. */
const NOBODY = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Hashes passwords, a few at a time. */
@Injectable()
export class Passwords {
  private readonly slots = new Semaphore(AT_ONCE);

  /** A PHC string. */
  hash(password: string): Promise<string> {
    return this.alone(() => hash(password, COST));
  }

  /** False for a null hash, after the same time. */
  async matches(stored: string | null, password: string): Promise<boolean> {
    const matches = await this.alone(async () => await verify(stored ?? NOBODY, password));
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
