import { Injectable } from '@nestjs/common';
import type { BreakdownGroup } from '../../core/request/run-result.js';
import { hasRest } from '../../core/request/result-chunks.js';
import { itemsOf, type AnswerItem, type AnswerTableName } from '../../results/answer-table.js';
import type { RequestAndRun } from '../run/run-admission.js';
import { AnswerChunks, type StoredParts } from '../run/answer-chunks.js';
import { oneByOne } from './answer-body.js';
import { finishedResult, partsOf } from './request-result.js';

type Items = AsyncIterable<readonly AnswerItem[]>;

/** Reads the parts of answers as items, some at a time, wherever they are stored. */
@Injectable()
export class AnswerItems {
  constructor(private readonly chunks: AnswerChunks) {}

  /**
   * Null: the request has no such part.
   * @throws Failure not_finished
   */
  of(requested: RequestAndRun, name: AnswerTableName): Items | null {
    const result = finishedResult(requested);
    const stored = partsOf(requested);
    if (stored === null) {
      const items = itemsOf(name, result);
      return items && atOnce(items);
    }
    if (stored.sizes[name] === undefined) return null;
    if (name === 'aggregates') return this.aggregates(stored);
    return name === 'breakdown/series' ? this.pointsOfGroups(stored) : this.stored(stored, name);
  }

  /** Whether the last group of an answer is that of all others. */
  hasRest(requested: RequestAndRun): boolean {
    const stored = partsOf(requested);
    return stored === null ? hasRest(finishedResult(requested)) : stored.sizes.breakdown?.hasRest === true;
  }

  private async *stored(stored: StoredParts, name: AnswerTableName): Items {
    for await (const lines of this.chunks.lines(stored, name))
      yield lines.map((line) => JSON.parse(line) as AnswerItem);
  }

  private async *aggregates(stored: StoredParts): Items {
    for await (const lines of this.chunks.lines(stored, 'aggregates')) {
      yield lines.map((line) => ({ aggregates: JSON.parse(line) as AnswerItem['aggregates'] }));
    }
  }

  /** Of each group as many points follow. */
  private async *pointsOfGroups(stored: StoredParts): Items {
    const { breakdown, 'breakdown/series': points } = stored.sizes;
    const each = (points?.items ?? 0) / (breakdown?.items ?? 1);
    const groups = oneByOne(this.chunks.lines(stored, 'breakdown'));
    let key: Pick<BreakdownGroup, 'by' | 'group' | 'rest'> | undefined;
    let left = 0;
    for await (const lines of this.chunks.lines(stored, 'breakdown/series')) {
      const items: AnswerItem[] = [];
      for (const line of lines) {
        if (left === 0) {
          const { by, group, rest } = JSON.parse((await groups.next()).value ?? '{}') as BreakdownGroup;
          key = { by, group, ...(rest && { rest }) };
          left = each;
        }
        left -= 1;
        items.push(Object.assign({}, key, JSON.parse(line) as AnswerItem));
      }
      yield items;
    }
  }
}

async function* atOnce(items: readonly AnswerItem[]): Items {
  yield items;
}
