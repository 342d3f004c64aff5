import { FORMULA, isFormula } from '../../core/formula.js';

/** How CSV is written. */
export interface CsvStyle {
  readonly delimiter: ',' | ';' | '\t';
  readonly decimal: '.' | ',';
  /** Whether texts that a spreadsheet would take for a formula get an apostrophe. */
  readonly escapesFormulas: boolean;
  /**
   * Whether a byte order mark comes first, and texts that a spreadsheet would alter are written as formulas that give
   * them.
   */
  readonly isForSpreadsheet: boolean;
}

/** Separators of any country among them: a cell must not fall apart into one that begins with a formula. */
const TO_QUOTE = String.raw`[",;\t\r\n]`;

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
const BETWEEN = String.raw`[ .\-/]?`;

/**
 * What spreadsheets turn into numbers, times, dates or truth values, in any case: 00042, 12345678901234567, 1e5,
 * 2026-01, 5%, mar-1. None of it holds a quote.
 */
const ALTERED = `^(?:${[
  String.raw`[$€£¥(]?[0-9.][0-9.,:/ +\-e]*(?: ?[ap]m?)?[%)]?`,
  `[0-9]{1,4}${BETWEEN}${MONTH}(?:${BETWEEN}[0-9]{1,4})?`,
  `${MONTH}${BETWEEN}[0-9]{1,4}`,
  'true|false',
].join('|')})$`;

/** What a text in a spreadsheet's formula may have. */
const MAX_ALTERED = 255;

/** Whether a spreadsheet would show another value than the text. */
function isAltered(text: string): boolean {
  return text.length <= MAX_ALTERED && new RegExp(ALTERED, 'iu').test(text);
}

/** A text from outside that is written here: escaped as `style` says, and quoted. */
export function csvText(text: string, style: CsvStyle): string {
  return quoted(escapedText(text, style));
}

/**
 * A text so that no spreadsheet runs it as a formula (decision 0010) or, where one is to read it, takes it for a number
 * or a date (decision 0020). Numbers are never escaped: a minus before one is its own.
 */
export function escapedText(text: string, { escapesFormulas, isForSpreadsheet }: CsvStyle): string {
  if (escapesFormulas && isFormula(text)) return `'${text}`;
  return isForSpreadsheet && isAltered(text) ? `="${text}"` : text;
}

/** A cell, in quotes where it must be. */
export function quoted(text: string): string {
  return new RegExp(TO_QUOTE).test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * `csvText` in the engine: an expression for the text of a cell, escaped and quoted. `text` is an expression, best the
 * name of a column.
 */
export function csvTextSql(text: string, { escapesFormulas, isForSpreadsheet }: CsvStyle): string {
  const cases = [
    ...(escapesFormulas ? [`match(${text}, ${textLiteral(FORMULA)}), concat('\\'', ${text})`] : []),
    ...(isForSpreadsheet
      ? [
          `length(${text}) <= ${MAX_ALTERED} AND match(${text}, ${textLiteral(`(?i)${ALTERED}`)}), concat('="', ${text}, '"')`,
        ]
      : []),
  ];
  return quotedSql(cases.length === 0 ? text : `multiIf(${cases.join(', ')}, ${text})`);
}

/** An expression for the text of a number, by an expression of it that uses a decimal point. */
export function csvNumberSql(text: string, { decimal }: CsvStyle): string {
  return decimal === '.' ? text : quotedSql(`replaceOne(${text}, '.', '${decimal}')`);
}

/** An expression for a line of cells, each an expression of its text. */
export function csvLineSql(cells: readonly string[], { delimiter }: CsvStyle): string {
  return `concat(${cells.join(`, ${textLiteral(delimiter)},\n    `)}, '\\r\\n')`;
}

/** An expression for a text, in quotes where it must be. */
export function quotedSql(text: string): string {
  return `if(match(${text}, ${textLiteral(TO_QUOTE)}), concat('"', replaceAll(${text}, '"', '""'), '"'), ${text})`;
}

/** A text as it stands in SQL. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

/** RFC 3339. ClickHouse: a time as text has a blank in its middle and no zone. */
export function instantText(ms: string): string {
  return `concat(replaceOne(toString(fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')), ' ', 'T'), 'Z')`;
}
