import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure, invalidParameter } from '../../core/failure.js';
import { formatInstant, parseInstant } from '../../core/time/instant.js';
import type { UsagePeriod } from '../../core/usage/counters/usage-periods.js';
import {
  cursorOfAnotherList,
  decodeCursor,
  encodeCursor,
  Page,
  pageOf,
  type PageQuery,
} from '../../platform/http/page.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import type { AnswerTable } from '../../results/answer-table.js';
import { DEFAULT_LIMIT } from '../../results/export-query.dto.js';
import { UsageReader, type PeriodPlace, type UsageQuestion } from './usage-reader.service.js';
import type { StoredMarkDto, UsageLineDto, UsagePeriodDto, UsageQuery } from './usage-period.dto.js';

/** A page ends with the period that goes over it: periods of many events come a few at a time. */
const COUNTS_OF_PAGE = 20_000;

/** The newest first, with the one that every property has from its first count. */
const MARKS = `
  SELECT (extract(epoch FROM at) * 1000)::float8 AS ms, category, event FROM (
    SELECT at, category, event FROM usage_marks WHERE property_id = $1
    UNION SELECT live_at, 'timeline', 'goLive' FROM usage_counters WHERE property_id = $1 AND live_at IS NOT NULL) AS marks
  WHERE $2::timestamptz IS NULL OR (at, category, event) < ($2::timestamptz, $3::text, $4::text)
  ORDER BY at DESC, category DESC, event DESC LIMIT $5`;

/** What was counted, as pages and as tables. */
@Injectable()
export class UsageLists {
  constructor(
    private readonly reader: UsageReader,
    private readonly database: DataSource,
  ) {}

  /** Periods, the newest first. A page has fewer than `limit` where these hold very many counts. */
  async page(property: PropertyEntity, query: UsageQuery, now: Date): Promise<Page<UsagePeriodDto>> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const data: UsagePeriod[] = [];
    let [counts, place]: [number, PeriodPlace | null] = [0, null];
    const periods = this.reader.periods(property, questionOf(property, query), now, placeOf(query.cursor));
    for await (const read of periods) {
      if (place !== null && (data.length === limit || counts >= COUNTS_OF_PAGE))
        return new Page(data, encodeCursor([String(place.day), String(place.offsetMs)]));
      data.push(read.period);
      counts += read.period.counts.length;
      place = read.place;
    }
    return new Page(data, null);
  }

  /** Every count with its period. */
  table(property: PropertyEntity, query: UsageQuery, now: Date): AnswerTable<UsageLineDto> {
    return {
      items: this.lines(property, questionOf(property, query), now),
      fields: [
        { name: 'from', type: 'instant', byKey: false },
        { name: 'to', type: 'instant', byKey: false },
        { name: 'label', type: 'text', byKey: false },
        { name: 'category', type: 'text', byKey: false },
        { name: 'event', type: 'text', byKey: false },
        { name: 'count', type: 'number', byKey: false },
        { name: 'days', type: 'integer', byKey: false },
      ],
      row: ({ from, to, label, category, event, count, days }) => [
        from,
        to,
        label,
        category,
        event,
        count,
        days ?? null,
      ],
    };
  }

  async marks({ id }: PropertyEntity, { limit, cursor }: PageQuery): Promise<Page<StoredMarkDto>> {
    const [ms, category, event] = decodeCursor(cursor, 3) ?? [];
    const at = ms === undefined ? null : instantOfCursor(ms);
    const rows: { ms: number; category: string; event: string }[] = await this.database.query(MARKS, [
      id,
      at,
      category ?? null,
      event ?? null,
      limit + 1,
    ]);
    return pageOf(rows, limit, (row) => [String(row.ms), row.category, row.event]).map((row) => ({
      event: row.event,
      category: row.category,
      at: formatInstant(row.ms),
    }));
  }

  private async *lines(property: PropertyEntity, question: UsageQuestion, now: Date): AsyncGenerator<UsageLineDto[]> {
    for await (const { period } of this.reader.periods(property, question, now)) {
      const { from, to, label, counts } = period;
      yield counts.map((count) => ({ from, to, label, ...count }));
    }
  }
}

/** @throws Failure invalid_parameter */
function questionOf({ timeZone }: PropertyEntity, query: UsageQuery): UsageQuestion {
  const { interval = 'day', from, to, category = null, minimum = 0 } = query;
  const fromMs = instantOf('from', from, timeZone);
  const toMs = instantOf('to', to, timeZone);
  if (fromMs !== null && toMs !== null && toMs <= fromMs) throw invalidParameter('to', '`to` must be after `from`.');
  return { interval, fromMs, toMs, category, minimum };
}

function instantOf(parameter: string, value: string | undefined, timeZone: string): number | null {
  if (value === undefined) return null;
  try {
    return parseInstant(value, timeZone, '');
  } catch (error) {
    if (error instanceof Failure) throw invalidParameter(parameter, error.detail);
    throw error;
  }
}

function placeOf(cursor: string | undefined): PeriodPlace | null {
  const key = decodeCursor(cursor, 2);
  if (key === null) return null;
  const [day, offsetMs] = key.map(Number);
  if (Number.isSafeInteger(day) && Number.isSafeInteger(offsetMs))
    return { day: Number(day), offsetMs: Number(offsetMs) };
  throw cursorOfAnotherList();
}

/** Years that a date of PostgreSQL has in four digits. */
function instantOfCursor(ms: string): Date {
  const at = new Date(Number(ms));
  const year = at.getUTCFullYear();
  if (year >= 1 && year <= 9_999) return at;
  throw cursorOfAnotherList();
}
