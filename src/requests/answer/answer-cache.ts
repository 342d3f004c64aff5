import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../new-request.js';
import type { RunEntity } from '../run/run.entity.js';
import type { AnswerDto } from './answer.dto.js';

const MAX_CHARACTERS = 32_000_000;

interface Kept {
  readonly stamp: string;
  readonly answer: AnswerDto;
  readonly run: RunEntity;
  readonly validUntilMs: number;
  readonly size: number;
}

/**
 * Fresh answers of this process by the body that asked for them. An answer is given again only while its property has the stamp that was read before the answer was worked out: what has
 * changed since, by whichever process, has given it another (decisions/0012-answers-kept-by-stamp.md).
 */
@Injectable()
export class AnswerCache {
  readonly #kept = new LRUCache<string, Kept>({ maxSize: MAX_CHARACTERS, sizeCalculation: ({ size }) => size });

  /** Null: nothing is known that holds at `nowMs`. */
  find({ property, stamp }: Caller, body: unknown, nowMs: number): Pick<Kept, 'answer' | 'run'> | null {
    const kept = this.#kept.get(keyOf(property.id, body));
    return kept !== undefined && kept.stamp === stamp && nowMs < kept.validUntilMs ? kept : null;
  }

  /** Remembers a fresh answer; `asker.stamp` was read before anything that the answer says. */
  keep({ property, stamp }: Caller, body: unknown, answer: AnswerDto, run: RunEntity): void {
    const key = keyOf(property.id, body);
    const validUntilMs = answer.valid_until === null ? Infinity : Date.parse(answer.valid_until);
    this.#kept.set(key, { stamp, answer, run, validUntilMs, size: key.length + JSON.stringify(answer).length });
  }
}

function keyOf(propertyId: string, body: unknown): string {
  return `${propertyId} ${JSON.stringify(body)}`;
}
