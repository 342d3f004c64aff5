import type { Server } from 'node:http';

const IDLE_CHECK_MS = 20;

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
