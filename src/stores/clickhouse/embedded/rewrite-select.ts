import { quote } from './query-options.js';
import { tokens, type Token } from './sql-scanner.js';

/** A query whose answer goes to a file: given the name of the file, the statement that writes it. */
export interface FileSelect {
  intoFile(path: string): string;
}

/** Recognises `… FORMAT F` with nothing after the format. Anything else is null. */
export function fileSelect(sql: string): FileSelect | null {
  const list = [...tokens(sql)].filter((token) => token.text !== ';');
  const format = list.at(-1);
  const keyword = list.at(-2);
  if (format?.kind !== 'word' || !keyword || !isFormat(keyword)) return null;
  const select = sql.slice(0, keyword.start);
  return { intoFile: (path) => `INSERT INTO FUNCTION file(${quote(path)}, ${quote(format.text)}) ${select}` };
}

function isFormat({ kind, text }: Token): boolean {
  return kind === 'word' && text.toUpperCase() === 'FORMAT';
}
