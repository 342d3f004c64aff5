import { applyDecorators, Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../../accounts/key-slots.service.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { isExpression } from '../../core/cohort/cohort-name.js';
import { Failure } from '../../core/failure.js';
import { quoted } from '../../core/json-shape.js';
import { AnswerBodies, type AnswerBody } from '../answer/answer-bodies.js';
import { AnswerDto } from '../answer/answer.dto.js';
import { CurrentCaller } from '../current-caller.js';
import type { Caller } from '../new-request.js';
import { ApiLinkQuery } from './link-parameters.js';
import { RunLinksService } from './run-links.service.js';
import { sendAccepted } from '../answer/poll-headers.js';
import { waitOf } from '../wait-preference.js';

type LinkQuery = Readonly<Record<string, string>>;

/** What the path of a link names. */
type Path = Readonly<Record<'cohort' | 'expression' | 'user' | 'metric', string>>;

@ApiTags('requests')
@Controller('v1/properties/:property/run')
export class RunLinksController {
  constructor(
    private readonly links: RunLinksService,
    private readonly bodies: AnswerBodies,
    private readonly slots: KeySlots,
  ) {}

  @Get('cohort/:cohort/:metric')
  @ApiLink('Ask for a metric of a saved cohort by a link', 'cohort', 'Id or name of a cohort, or `all` for everybody.')
  async cohort(
    @CurrentCaller() asker: Caller,
    @Param() { cohort, metric }: Path,
    @Query() query: LinkQuery,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    if (isExpression(cohort)) throw nameExpected(cohort);
    const link = { cohort, cohortParameter: 'cohort', metric };
    return this.ask({ asker, query, prefer, reply }, link);
  }

  @Get('set/:expression/:metric')
  @ApiLink(
    'Ask for a metric of a set of cohorts by a link',
    'expression',
    'Cohorts with `&` (and) and `~` (or) between them.',
  )
  async set(
    @CurrentCaller() asker: Caller,
    @Param() { expression, metric }: Path,
    @Query() query: LinkQuery,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    const link = { cohort: { set: expression }, cohortParameter: 'expression', metric };
    return this.ask({ asker, query, prefer, reply }, link);
  }

  @Get('user/:user/:metric')
  @ApiLink('Ask for a metric of one user by a link', 'user', 'Id of the user.')
  async user(
    @CurrentCaller() asker: Caller,
    @Param() { user, metric }: Path,
    @Query() query: LinkQuery,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    const link = { cohort: { user }, cohortParameter: 'user', metric };
    return this.ask({ asker, query, prefer, reply }, link);
  }

  private async ask(
    { asker, query, prefer, reply }: Call,
    link: { readonly cohort: unknown; readonly cohortParameter: string; readonly metric: string },
  ): Promise<AnswerBody> {
    const { wait: waited, ...rest } = query;
    const wait = waitOf(waited, prefer);
    if (wait.ms > 0) this.slots.hold('watch', reply);
    const reported = await this.links.ask(asker, { ...link, query: rest }, wait.ms);
    if (wait.preferred) reply.header('preference-applied', `wait=${wait.ms / 1000}`);
    sendAccepted(reply, reported, asker.property.id);
    return this.bodies.body(reported);
  }
}

interface Call {
  readonly asker: Caller;
  readonly query: LinkQuery;
  readonly prefer: string | undefined;
  readonly reply: FastifyReply;
}

/** 404: no cohort is called so, as names and ids have none of the characters of expressions. */
function nameExpected(cohort: string): Failure {
  const detail = `No cohort has a name with & ~ ( or ): ${quoted(cohort)} is an expression, which /run/set/{expression}/{metric} takes.`;
  return new Failure('not_found', detail, [{ parameter: 'cohort', detail }]);
}

function ApiLink(summary: string, named: string, description: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary, description: 'The request of POST /requests with its parameters in the query string.' }),
    ApiParam({ name: named, description }),
    ApiParam({ name: 'metric', description: 'Id of a built-in, or name or id of a named metric.' }),
    ApiLinkQuery(),
    ApiOkResponse({ type: AnswerDto, description: 'The answer, or the failure of its run.' }),
    ApiAcceptedResponse({
      type: AnswerDto,
      description: 'Accepted: the answer will be at Location, and at this link.',
      headers: { Location: { schema: { type: 'string' } }, 'Retry-After': { schema: { type: 'integer' } } },
    }),
    ApiProblems(
      'not_found',
      'invalid_parameter',
      'invalid_field',
      'unknown_field',
      'invalid_window',
      'invalid_time',
      'invalid_filter',
      'aggregator_not_applicable',
      'limit_exceeded',
      'too_many_watchers',
    ),
  ) as MethodDecorator;
}
