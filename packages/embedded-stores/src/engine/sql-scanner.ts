/** A piece of SQL that carries meaning: a word, a quoted thing or one sign. Comments and blanks are none. */
export interface Token {
  readonly kind: 'word' | 'string' | 'quoted-name' | 'sign';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PIECES = [
  { kind: 'blank', pattern: /\s+|--[^\n]*|#!?[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y },
  { kind: 'string', pattern: /'(?:[^'\\]|\\[\s\S]|'')*'?/y },
  { kind: 'quoted-name', pattern: /`(?:[^`\\]|\\[\s\S]|``)*`?|"(?:[^"\\]|\\[\s\S]|"")*"?/y },
  { kind: 'word', pattern: /[\p{L}\p{N}_]+/uy },
  { kind: 'sign', pattern: /[\s\S]/uy },
] as const;

/**
 * The tokens of ClickHouse SQL, so that words in strings, names and comments are never taken for syntax. Never fails.
 */
export function* tokens(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    const token = pieceAt(sql, at);
    at = token.end;
    if (token.kind !== 'blank') yield { ...token, kind: token.kind };
  }
}

function pieceAt(sql: string, start: number) {
  for (const { kind, pattern } of PIECES) {
    pattern.lastIndex = start;
    const text = pattern.exec(sql)?.[0];
    if (text) return { kind, text, start, end: start + text.length };
  }
  throw new Error('unreachable: the last pattern takes any character');
}
