import { applyDecorators, Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Needs } from '../../access/needs.js';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../../access/key-slots.service.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { isExpression } from '../../core/cohort/cohort-name.js';
import { Failure } from '../../core/failure.js';
import { quoted } from '../../core/json-shape.js';
import { AnswerBodies, type AnswerBody } from '../answer/answer-body.js';
import { AnswerDto } from '../answer/answer.dto.js';
import { CurrentCaller, type Caller } from '../caller.js';
import { ApiLinkQuery } from './link-parameters.js';
import { RunLinksService } from './run-links.service.js';
import { sendAccepted } from '../poll-response.js';
import { CurrentWait, type Wait } from '../../platform/http/wait.js';

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

  @Needs('requests:read')
  @Get('cohort/:cohort/:metric')
  @ApiLink('Request a metric of a saved cohort by a link', 'cohort', 'Id or name of a cohort, or `all` for everybody.')
  async cohort(
    @CurrentCaller() caller: Caller,
    @Param() { cohort, metric }: Path,
    @Query() query: LinkQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    if (isExpression(cohort)) throw nameExpected(cohort);
    const link = { cohort, cohortParameter: 'cohort', metric };
    return this.submit({ caller, query, wait, reply }, link);
  }

  @Needs('requests:read')
  @Get('set/:expression/:metric')
  @ApiLink(
    'Request a metric of a set of cohorts by a link',
    'expression',
    'Cohorts with `&` (and) and `~` (or) between them.',
  )
  async set(
    @CurrentCaller() caller: Caller,
    @Param() { expression, metric }: Path,
    @Query() query: LinkQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    const link = { cohort: { set: expression }, cohortParameter: 'expression', metric };
    return this.submit({ caller, query, wait, reply }, link);
  }

  @Needs('requests:read', 'people:read')
  @Get('user/:user/:metric')
  @ApiLink('Request a metric of one user by a link', 'user', 'Id of the user.')
  async user(
    @CurrentCaller() caller: Caller,
    @Param() { user, metric }: Path,
    @Query() query: LinkQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    const link = { cohort: { user }, cohortParameter: 'user', metric };
    return this.submit({ caller, query, wait, reply }, link);
  }

  private async submit(
    { caller, query, wait, reply }: Call,
    link: { readonly cohort: unknown; readonly cohortParameter: string; readonly metric: string },
  ): Promise<AnswerBody> {
    const { wait: _, ...rest } = query;
    const submit = () => this.links.submit(caller, { ...link, query: rest }, wait.ms);
    const answer = await this.slots.whileWaiting(wait, reply, submit);
    sendAccepted(reply, answer, caller.property.id);
    return this.bodies.body(answer, caller.grants);
  }
}

interface Call {
  readonly caller: Caller;
  readonly query: LinkQuery;
  readonly wait: Wait;
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
