import type { ReactNode } from 'react';

/** A text of the service, in which back-quotes mark names. */
export function Words({ text }: { readonly text: string }): ReactNode {
  return text.split('`').map((part, at) =>
    at % 2 === 1 ? (
      // The parts of a text have no names of their own.
      // oxlint-disable-next-line react/no-array-index-key
      <code key={at}>{part}</code>
    ) : (
      part
    ),
  );
}
