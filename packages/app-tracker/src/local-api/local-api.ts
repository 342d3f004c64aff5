import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { AppTracker } from '../app-tracker.js';
import { TrackerProblem } from '../tracker-problem.js';
import { requireProgram } from './guard.js';
import { localCodeOf, LocalFailure } from './local-failure.js';
import { type Answer, Routes } from './routes.js';

/** How long a call may take to arrive. */
const ARRIVAL_MS = 10_000;
/** How often that is looked at. */
const LOOK_MS = 2_000;
/** What calls that are under way are given to end. */
const CLOSE_MS = 5_000;

export interface LocalApiOptions {
  readonly tracker: AppTracker;
  /** What callers have to know. */
  readonly token: string;
  /** An address of this machine. */
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
}

/** HTTP for programs of this machine, open until it is closed. */
export interface LocalApi {
  readonly url: string;
  /** Takes no more calls, and lets those that are under way end. The tracker stays open. */
  close(): Promise<void>;
}

/** @throws what the system throws for an address that is in use or none */
export async function startLocalApi({ tracker, token, host, port }: LocalApiOptions): Promise<LocalApi> {
  const routes = new Routes(tracker);
  const limits = { requestTimeout: ARRIVAL_MS, headersTimeout: ARRIVAL_MS, connectionsCheckingInterval: LOOK_MS };
  const server = createServer(limits, (request, response) => {
    void answered(routes, token, request).then((answer) => send(server, response, answer));
  });
  server.listen(port, host);
  await once(server, 'listening');
  // Such as too many open files: calls that cannot be taken end nothing of what goes on.
  server.on('error', (error) => process.emitWarning(error));
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    close: () => closed(server),
  };
}

async function answered(routes: Routes, token: string, request: IncomingMessage): Promise<Answer> {
  try {
    requireProgram(request, token);
    return await routes.answer(request);
  } catch (error) {
    const failure = failureOf(error);
    const headers = { 'content-type': 'application/problem+json', ...failure.headers };
    return { status: failure.status, headers, body: failure.problem() };
  }
}

function failureOf(error: unknown): LocalFailure {
  if (error instanceof LocalFailure) return error;
  const code = error instanceof TrackerProblem ? localCodeOf(error.code) : undefined;
  if (error instanceof TrackerProblem && code !== undefined) return new LocalFailure(code, `${error.message}.`);
  process.emitWarning(error instanceof Error ? error : String(error), 'MusterWarning');
  return new LocalFailure('internal_error', 'It is told among the warnings of the process.');
}

function send(server: Server, response: ServerResponse, { status, headers, body }: Answer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(!server.listening && { connection: 'close' }),
    ...headers,
  });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}

async function closed(server: Server): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  await Promise.race([ended, wait(CLOSE_MS, undefined, { ref: false })]);
  server.closeAllConnections();
  await ended;
}
