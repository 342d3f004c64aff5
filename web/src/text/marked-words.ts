/** A part of a text, and where it begins in it. */
export interface MarkedPart {
  readonly at: number;
  readonly text: string;
  readonly isName: boolean;
}

/** The parts of a text of the service, in which back-quotes mark names; those without a letter are left out. */
export function markedParts(text: string): readonly MarkedPart[] {
  let at = 0;
  return text
    .split('`')
    .map((part, place) => {
      const begin = at;
      at += part.length + 1;
      return { at: begin, text: part, isName: place % 2 === 1 };
    })
    .filter((part) => part.text !== '');
}
