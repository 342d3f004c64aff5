import type { TextSpan } from './ingest/text-span.js';

/** What programs that open CSV may take for a formula at the beginning of a cell, the wide forms of East Asian keyboards included. */
export const FORMULA = String.raw`^'*[=+\-@\t\r\n＝＋－＠]`;

const APOSTROPHE = 0x27;
const PATTERN = new RegExp(FORMULA, 'u');

/** Whether a text could be run as a formula. An apostrophe before it makes one more of them, so that taking one away gives the text back. */
export function isFormula(text: string): boolean {
  return PATTERN.test(text);
}

/** The text of a cell of CSV without the apostrophe that an export has put before a formula (decision 0010), in `into` where there is one. */
export function unescapeFormula(cell: TextSpan, into: TextSpan): TextSpan {
  if (cell.bytes[cell.start] !== APOSTROPHE || cell.length < 2 || !isFormula(cell.toString())) return cell;
  into.set(cell.bytes, cell.start + 1, cell.end);
  return into;
}

/** The same of a text. */
export function unescapedFormula(text: string): string {
  return text.length > 1 && text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}
