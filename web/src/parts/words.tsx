import type { ReactNode } from 'react';
import { markedParts } from '../text/marked-words.js';

/** A text of the service, in which back-quotes mark names. */
export function Words({ text }: { readonly text: string }): ReactNode {
  return markedParts(text).map(({ at, text: part, isName }) => (isName ? <code key={at}>{part}</code> : part));
}
