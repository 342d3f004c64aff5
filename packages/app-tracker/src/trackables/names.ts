/** @throws TypeError for what is no text of 1 to so many characters that the server takes @returns the text */
export function requireText(text: unknown, what: string, maxCharacters: number): string {
  if (typeof text !== 'string' || text === '' || text.length > maxCharacters)
    throw new TypeError(`${what} is a text of 1 to ${maxCharacters} characters, not ${shown(text)}`);
  if (!text.isWellFormed() || text.includes('\0'))
    throw new TypeError(`${what} has neither NUL nor half of a character: ${shown(text)}`);
  return text;
}

function shown(text: unknown): string {
  return JSON.stringify(text)?.slice(0, 60) ?? typeof text;
}
