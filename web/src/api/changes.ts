import { useMutation, useQueryClient, type QueryKey, type UseMutationResult } from '@tanstack/react-query';
import { MusterError } from '@muster/client';

interface Options<R> {
  /** What is to be read again: every key that begins so. */
  readonly changes: readonly QueryKey[];
  readonly onDone?: (result: R) => void;
}

/** A call that changes something; it is made once, and what it has changed is read again. */
export function useChange<R, V = void>(
  call: (input: V) => Promise<R>,
  { changes, onDone }: Options<R>,
): UseMutationResult<R, Error, V> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    retry: false,
    onSuccess: async (result) => {
      onDone?.(result);
      await Promise.all(changes.map(async (queryKey) => await client.invalidateQueries({ queryKey })));
    },
  });
}

/** For answers without a body; throws MusterError for any that is no success. */
export function unwrapNothing(result: { readonly error?: unknown; readonly response: Response }): void {
  if (!result.response.ok) throw MusterError.fromResponse(result.response, result.error);
}
