import { FORMULA } from '../../core/formula.js';

/** Separators of any country among them: a cell must not fall apart into one that begins with a formula. */
const TO_QUOTE = String.raw`[",;\t\r\n]`;

/** Whether a cell must stand in quotes. */
export function isToQuote(text: string): boolean {
  return new RegExp(TO_QUOTE).test(text);
}

/** The same in the engine: an expression for the text of a cell, escaped and quoted. `column` is the name of a column. */
export function csvTextSql(column: string, escapesFormulas: boolean): string {
  const escaped = escapesFormulas
    ? `if(match(${column}, ${textLiteral(FORMULA)}), concat('\\'', ${column}), ${column})`
    : column;
  return quotedSql(escaped);
}

/** An expression for a text, in quotes where it must be. */
export function quotedSql(text: string): string {
  return `if(match(${text}, ${textLiteral(TO_QUOTE)}), concat('"', replaceAll(${text}, '"', '""'), '"'), ${text})`;
}

/** A text as it stands in SQL. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
