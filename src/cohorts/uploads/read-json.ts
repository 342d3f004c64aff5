import { StringDecoder } from 'node:string_decoder';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { Failure } from '../../core/failure.js';
import { JsonList, type ItemSink } from './json-list.js';
import { shortRows } from './short-rows.js';

/**
 * Rows of a JSON body, read as it comes: a list of ids or objects, or an object with such a list as `members`. Each step is a good moment to store what there is.
 * @throws Failure malformed_body, invalid_field, body_too_complex, body_too_large
 */
export async function* readJson(chunks: AsyncIterable<Buffer>, rows: ItemSink): AsyncGenerator<void> {
  const parse = jsonParser({ streamValues: false });
  const decoder = new StringDecoder('utf8');
  const list = new JsonList(rows);
  for await (const chunk of shortRows(chunks, rows)) {
    for (const token of tokensOf(decoder.write(chunk))) list.push(token);
    yield;
  }
  // A number or a word at the end is told only when something follows.
  for (const token of tokensOf('\n')) list.push(token);
  if (!list.isComplete) throw malformed('it ends too early');

  function tokensOf(text: string): readonly Token[] {
    try {
      const tokens = parse(text);
      return typeof tokens === 'symbol' ? [] : tokens.values;
    } catch (error) {
      throw malformed((error as Error).message.replace(/^Parser (cannot parse input: )?/, ''));
    }
  }

  function malformed(why: string): Failure {
    return new Failure('malformed_body', `The body is not valid JSON, somewhere after ${rows.count} items: ${why}.`);
  }
}
