import { Injectable } from '@nestjs/common';

/** Ends the reading of bodies that are still on their way when the process has to stop. */
@Injectable()
export class BodyShutdown {
  private readonly controller = new AbortController();

  /** Aborts when nothing more may be read. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Final. */
  stop(): void {
    this.controller.abort();
  }
}
