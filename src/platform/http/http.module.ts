import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { BodyShutdown } from './shutdown.js';
import { InputPipe } from './input.pipe.js';
import { AcceptGuard } from './negotiation.js';
import { ProblemFilter } from './problem.js';
import { QueryGuard } from './query-parameters.js';

/** What holds for every route. The part of the edge that lies before Nest is in createHttpApp. */
@Global()
@Module({
  providers: [
    BodyShutdown,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: QueryGuard },
    { provide: APP_GUARD, useClass: AcceptGuard },
    { provide: APP_PIPE, useClass: InputPipe },
  ],
  exports: [BodyShutdown],
})
export class HttpModule {}
