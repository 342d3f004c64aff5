import { MusterError } from '@muster/client';

/** What the service says of one field, by its JSON Pointer or of what lies below it; undefined: nothing. */
export function errorAt(error: unknown, pointer: string): string | undefined {
  if (!(error instanceof MusterError)) return undefined;
  return error.errors.find((one) => one.pointer === pointer || one.pointer?.startsWith(`${pointer}/`) === true)?.detail;
}
