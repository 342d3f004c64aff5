/**
 * Rows of CSV as spreadsheets read them, character by character over the whole text, with no thought of speed: LF, CRLF
 * and CR end a row, a quote opens a cell only at its beginning, two quotes within are one, what follows the closing one
 * belongs to the cell. Null: a quote never closes.
 */
export function naiveCsv(text: string, delimiter: string): { rows: string[][]; isOpen: boolean } {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let state: 'start' | 'plain' | 'quoted' = 'start';
  const endCell = (): void => {
    row.push(cell);
    cell = '';
    state = 'start';
  };
  const endRow = (): void => {
    endCell();
    rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (state === 'quoted') {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else state = 'plain';
    } else if (character === '"' && state === 'start') state = 'quoted';
    else if (character === delimiter) endCell();
    else if (character === '\n' || character === '\r') {
      if (character === '\r' && text[at + 1] === '\n') at++;
      endRow();
    } else {
      cell += character;
      state = 'plain';
    }
  }
  const isOpen = (state as string) === 'quoted';
  const isEnded = text === '' || (row.length === 0 && cell === '' && state === 'start' && /[\r\n]$/.test(text));
  if (!isOpen && !isEnded) endRow();
  return { rows, isOpen };
}
