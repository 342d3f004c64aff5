import type { Server } from 'node:http';
import { Injectable } from '@nestjs/common';

const IDLE_CHECK_MS = 20;

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

/** Takes no more connections and waits until every request is answered; what is not after `graceMs` is cut off. */
export async function drain(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection becomes idle again after its answer, and would stay open for its next request.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}
