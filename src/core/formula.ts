import type { TextSpan } from './ingest/text-span.js';

/**
 * What programs that open CSV may take for a formula at the beginning of a cell, the wide forms of East Asian keyboards
 * included.
 */
export const FORMULA = String.raw`^'*[=+\-@\t\r\n＝＋－＠]`;

const APOSTROPHE = 0x27;
const PATTERN = new RegExp(FORMULA, 'u');

/**
 * Whether a text could be run as a formula. An apostrophe before it makes one more of them, so that taking one away
 * gives the text back.
 */
export function isFormula(text: string): boolean {
  return PATTERN.test(text);
}

/** What keeps a spreadsheet from altering a text (decision 0020): a formula of nothing but the text. */
const KEPT = /^="([^"]*)"$/;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/**
 * The text of a cell of CSV without what an export has put around it: the apostrophe before a formula (decision 0010),
 * or the formula that keeps digits (0020). In `into` where there is one.
 */
export function unescapeFormula(cell: TextSpan, into: TextSpan): TextSpan {
  if (cell.bytes[cell.start] === EQUALS) {
    if (cell.bytes[cell.start + 1] !== QUOTE || !KEPT.test(cell.toString())) return cell;
    into.set(cell.bytes, cell.start + 2, cell.end - 1);
    return into;
  }
  if (cell.bytes[cell.start] !== APOSTROPHE || cell.length < 2 || !isFormula(cell.toString())) return cell;
  into.set(cell.bytes, cell.start + 1, cell.end);
  return into;
}

/** The same of a text. */
export function unescapedFormula(text: string): string {
  const kept = KEPT.exec(text)?.[1];
  if (kept !== undefined) return kept;
  return text.length > 1 && text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}
