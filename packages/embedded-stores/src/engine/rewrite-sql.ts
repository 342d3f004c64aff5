import { quote } from './query-options.js';
import { tokens, type Token } from './sql-scanner.js';

/**
 * An INSERT whose rows come in the body: given the name of the file that holds them, the statement that reads them from
 * it.
 */
export interface BodyInsert {
  fromFile(path: string): string;
}

/**
 * Recognises `INSERT INTO t [(columns)] … FORMAT F` and `INSERT INTO t … SELECT … input('structure') … FORMAT F` with
 * nothing after the format. Anything else is null: such a statement goes to the engine as it stands.
 */
export function bodyInsert(sql: string): BodyInsert | null {
  const list = [...tokens(sql)].filter((token) => token.text !== ';');
  if (!isWord(list[0], 'INSERT') || !isWord(list[1], 'INTO')) return null;
  const format = list.at(-1);
  const keyword = list.at(-2);
  if (format?.kind !== 'word' || !keyword || !isWord(keyword, 'FORMAT')) return null;
  const input = inputCall(list);
  if (input) return { fromFile: (path) => readByFileFunction(sql, input, keyword, format, path) };
  if (list.some((token) => isWord(token, 'SELECT') || isWord(token, 'INFILE'))) return null;
  const place = endOfTarget(list);
  return { fromFile: (path) => `${sql.slice(0, place)} FROM INFILE ${quote(path)}${sql.slice(place, format.end)}` };
}

/** Whether it inserts what it reads from tables. */
export function isInsertSelect(sql: string): boolean {
  let words = 0;
  for (const token of tokens(sql)) {
    if (words === 0 && !isWord(token, 'INSERT')) return false;
    if (isWord(token, 'SELECT')) return true;
    if (isWord(token, 'VALUES') || isWord(token, 'FORMAT')) return false;
    words += 1;
  }
  return false;
}

/** A query whose answer goes to a file: given the name of the file, the statement that writes it. */
export interface FileSelect {
  intoFile(path: string): string;
}

/** Recognises `… FORMAT F` with nothing after the format. Anything else is null. */
export function fileSelect(sql: string): FileSelect | null {
  const list = [...tokens(sql)].filter((token) => token.text !== ';');
  const format = list.at(-1);
  const keyword = list.at(-2);
  if (format?.kind !== 'word' || !keyword || !isWord(keyword, 'FORMAT')) return null;
  const select = sql.slice(0, keyword.start);
  return { intoFile: (path) => `INSERT INTO FUNCTION file(${quote(path)}, ${quote(format.text)}) ${select}` };
}

interface InputCall {
  readonly start: number;
  readonly structure: string;
  readonly end: number;
}

function inputCall(list: readonly Token[]): InputCall | null {
  const at = list.findIndex(
    (token, i) =>
      isWord(token, 'input') &&
      list[i + 1]?.text === '(' &&
      list[i + 2]?.kind === 'string' &&
      list[i + 3]?.text === ')',
  );
  const [name, , structure, close] = at < 0 ? [] : list.slice(at, at + 4);
  return name && structure && close ? { start: name.start, structure: structure.text, end: close.end } : null;
}

// ClickHouse: in chdb input() with the data after the query inserts nothing, without an error; file() reads the same
// bytes.
function readByFileFunction(sql: string, input: InputCall, keyword: Token, format: Token, path: string): string {
  const source = `file(${quote(path)}, ${quote(format.text)}, ${input.structure})`;
  return `${sql.slice(0, input.start)}${source}${sql.slice(input.end, keyword.start)}`;
}

/** Where `INTO [TABLE] name[.name] [(columns)]` ends: the place of FROM INFILE. */
function endOfTarget(list: readonly Token[]): number {
  let i = isWord(list[2], 'TABLE') ? 3 : 2;
  while (list[i + 1]?.text === '.') i += 2;
  if (list[i + 1]?.text !== '(') return list[i]?.end ?? 0;
  let depth = 0;
  do {
    i += 1;
    if (list[i]?.text === '(') depth += 1;
    if (list[i]?.text === ')') depth -= 1;
  } while (depth > 0 && i < list.length);
  return list[i]?.end ?? 0;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word.toUpperCase();
}
