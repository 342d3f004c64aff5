import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { MusterError } from '@muster/client';
import { SESSION } from './session.js';

/** Failures that pass by themselves, as while the service starts anew. */
const PASSING = new Set([502, 503, 504]);
const MOST_RETRIES = 6;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Remembers what was read. After a call that is answered 401 the session is read again: where it has ended, the page to
 * sign in stands at the same address, and what was open comes back after it.
 */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: askForSessionAfter }),
  mutationCache: new MutationCache({ onError: askForSessionAfter }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < MOST_RETRIES && isPassing(error),
      retryDelay: (failures) => Math.min(500 * 2 ** failures, LONGEST_PAUSE_MS),
    },
  },
});

/** Whether the same call may go well a moment later: the service was not reached, or was busy with itself. */
export function isPassing(error: unknown): boolean {
  if (error instanceof MusterError) return PASSING.has(error.status);
  return error instanceof TypeError;
}

function askForSessionAfter(error: unknown): void {
  if (!(error instanceof MusterError) || error.status !== 401) return;
  void queryClient.invalidateQueries({ queryKey: SESSION });
}
