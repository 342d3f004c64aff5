import { Controller, Get, Headers, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import { Failure, invalidParameter } from '../../core/failure.js';
import { periodAt, type Period } from '../../core/time/calendar.js';
import { parseInstant } from '../../core/time/instant.js';
import { ApiProblems, pageSchema } from '../../platform/http/api-problems.js';
import { connectionClosed } from '../../platform/http/connections.js';
import type { Page } from '../../platform/http/page.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { ApiList } from '../../results/api-list.js';
import { Exports } from '../../results/exports.service.js';
import { LiveLists } from '../../results/live-lists.service.js';
import type { DataScope } from '../../sql/data-scope.js';
import type { PagedList } from '../../sql/export/compile-list.js';
import { daySessions } from '../../sql/usage/compile-day-sessions.js';
import { DaySessionDto, DaySessionsQuery } from './day-sessions.dto.js';

const TOO_SLOW = 'Ask again when less is going on.';

/** Single sessions, day by day. */
@ApiTags('usage')
@Controller('v1/properties/:property/sessions')
export class DaySessionsController {
  constructor(
    private readonly lists: LiveLists,
    private readonly exports: Exports,
  ) {}

  @Needs('usage:read', 'people:read')
  @Audited('people.export')
  @Get()
  @ApiOperation({
    summary: 'List the sessions of a day',
    description:
      'Those that begin on the day in the time zone of the property, by their start: events with one `$session` are one session, of a day at most. JSON gives a page, every other format all of them.',
  })
  @ApiList(DaySessionDto, pageSchema(DaySessionDto))
  @ApiProblems(
    'invalid_parameter',
    'time_limit_exceeded',
    'memory_limit_exceeded',
    'engine_memory_exhausted',
    'too_many_previews',
    'too_many_exports',
    'engine_unavailable',
  )
  async list(
    @CurrentProperty() property: PropertyEntity,
    @Query() query: DaySessionsQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<DaySessionDto> | StreamableFile | null> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const day = dayOf(query, property);
    const make = (scope: DataScope): PagedList => daySessions({ ...scope, ...day });
    if (format !== 'json') {
      const call = { format, query, reply, name: 'day-sessions' };
      return await this.exports.answer(call, (options) => this.lists.whole(property, make, options));
    }
    return await this.lists.read(property, connectionClosed(reply), TOO_SLOW, (scope, options) =>
      this.lists.page<DaySessionDto>(make(scope), query, options),
    );
  }
}

/** @throws Failure invalid_parameter for a day that there is not */
function dayOf({ day }: DaySessionsQuery, { timeZone }: PropertyEntity): Period {
  const calendar = { timeZone, weekStart: 'monday' } as const;
  if (day === undefined) return periodAt(Date.now(), 'day', calendar);
  try {
    return periodAt(parseInstant(day, timeZone, ''), 'day', calendar);
  } catch (error) {
    throw error instanceof Failure ? invalidParameter('day', error.detail) : error;
  }
}
