import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from './source-files.js';

/** A call of a page, as curl would send it, and what the page says of its answer. */
export interface PageExample {
  readonly command: string;
  readonly method: string;
  /**
   * Begins with `$URL`, or with `SERVER`; `$ID` in it is the newest request, `$UPLOAD` the newest upload, `$PUBLIC_KEY`
   * the public key of the page.
   */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** A part of the answer; undefined: the page shows none. */
  readonly shown: unknown;
  /** All of an answer that is no JSON. */
  readonly shownText?: string;
}

/** Where the program is, as the pages write it. */
export const SERVER = 'http://127.0.0.1:3000';

/** What the pages define as `collect`: curl as a browser sends, from a page of the shop. */
const COLLECT = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'content-type': 'text/plain',
  origin: 'https://shop.example.org',
};

/** Where a property is made. */
const PROPERTIES = `${SERVER}/v1/properties`;

/** The slug in what a page exports as `$URL`. */
export function pageProperty(page: string): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'docs', page), 'utf8');
  const slug = text.split(`URL=${PROPERTIES}/`)[1]?.split('\n')[0];
  if (slug === undefined) throw new Error(`${page} exports no $URL`);
  return slug;
}

/**
 * The calls in the `sh` blocks of a page of docs/, in order; a `json`, `csv` or `text` block shows the answer of the
 * last call before it.
 */
export function pageExamples(page: string): PageExample[] {
  const text = readFileSync(join(PACKAGE_ROOT, 'docs', page), 'utf8');
  const examples: PageExample[] = [];
  for (const [, kind, block = ''] of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (kind === 'sh') examples.push(...commandsOf(block).flatMap(exampleOf));
    if (kind !== 'json' && kind !== 'csv' && kind !== 'text') continue;
    const last = examples.pop();
    if (last === undefined) throw new Error(`${page} shows an answer before any call`);
    examples.push(kind === 'json' ? { ...last, shown: JSON.parse(block) as unknown } : { ...last, shownText: block });
  }
  return examples;
}

/** Lines, joined where a quotation goes on. */
function commandsOf(block: string): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.split('\n')) {
    open += open === '' ? line : `\n${line}`;
    if ((open.match(/'/g) ?? []).length % 2 === 1) continue;
    if (open.trim() !== '') commands.push(open);
    open = '';
  }
  return commands;
}

/**
 * Reads `auth`, the README's name for curl with the key, `send`, the same for JSON, and `collect`; the lines that define
 * them or a variable, and those of npm, are passed over.
 */
function exampleOf(command: string): PageExample[] {
  if (/^(export KEY=|(auth|send|collect)\(\) |ID=|UPLOAD=|EVALUATION=|KEY_ID=|PUBLIC_KEY=|NOW=|npm )/.test(command))
    return [];
  const [name, ...words] = wordsOf(command.replace(/  # .*$/, ''));
  if (name !== 'auth' && name !== 'send' && name !== 'collect') throw new Error(`Not a call that is known: ${command}`);
  const headers: Record<string, string> =
    name === 'collect' ? { ...COLLECT } : name === 'send' ? { 'content-type': 'application/json' } : {};
  const data: string[] = [];
  let [method, url, isQuery] = ['', '', false];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === '-X') method = words.shift() ?? '';
    else if (word === '-H') Object.assign(headers, headerOf(words.shift() ?? ''));
    else if (word === '-d') data.push(words.shift() ?? '');
    else if (word === '--data-urlencode') data.push(encoded(words.shift() ?? ''));
    else if (word === '-G') isQuery = true;
    else if (word === '-o') words.shift();
    // The answer is the same.
    else if (word === '--compressed') continue;
    else if ((word.startsWith('$URL') || word.startsWith(`${SERVER}/v1/`)) && url === '') url = word;
    else throw new Error(`${word} is not understood in: ${command}`);
  }
  const body = data.length > 0 && !isQuery ? data.join('&') : undefined;
  return [
    {
      command,
      method: method || (body === undefined ? 'GET' : 'POST'),
      url: isQuery ? `${url}?${data.join('&')}` : url,
      headers,
      body,
      shown: undefined,
    },
  ];
}

/** Words of a shell: plain text without special characters, '...' and "...", joined where no blank is between them. */
function wordsOf(command: string): string[] {
  const words = command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) => {
    const parts = word.match(/'[^']*'|"[^"]*"|[^'"]+/g) ?? [];
    const isBare = (part: string): boolean => !/^['"]/.test(part);
    if (parts.some((part) => isBare(part) && /[&;|<>?*(){}[\]]/.test(part))) {
      throw new Error(`${word} must be quoted in: ${command}`);
    }
    return parts.map((part) => (isBare(part) ? part : part.slice(1, -1))).join('');
  });
}

function headerOf(text: string): Record<string, string> {
  const [name = '', ...value] = text.split(': ');
  return { [name.toLowerCase()]: value.join(': ') };
}

function encoded(text: string): string {
  const [name = '', ...value] = text.split('=');
  return `${name}=${encodeURIComponent(value.join('='))}`;
}
