import fc from 'fast-check';
import { checkedJson, RAW_JSON_LIMITS } from '../../../src/bodies/json-body.js';
import { sentKey } from '../../../src/collect/sent-key.js';

const keyIn = (text: string): string => sentKey(checkedJson(Buffer.from(text), RAW_JSON_LIMITS));

describe('sentKey', () => {
  it.each([
    ['{"key":"a"}', 'a'],
    ['{"events":[{"key":"b"}],"x":"key", "key" :\n"a"}', 'a'],
    ['{"x":"\\"key\\":\\"b\\"","key":"a"}', 'a'],
    ['{"key":"a","events":[}', 'a'],
    ['{"key":7,"events":[]}', ''],
    ['{"key":null}', ''],
    ['{"k":{"key":"b"}}', ''],
    ['["key"]', ''],
    ['"key"', ''],
    ['7', ''],
  ])('of %s', (text, key) => {
    expect(keyIn(text)).toBe(key);
  });

  it.each(['{', '{"a":"', '{"a":[', '{"key', '["key"'])('is none of %s, which ends too early', (text) => {
    expect(() => keyIn(text)).toThrow(expect.objectContaining({ code: 'malformed_body' }) as Error);
  });

  it('is what a parser finds', () => {
    const key = fc.stringMatching(/^[\w-]{1,40}$/);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), key, fc.boolean(), (given, own, isFirst) => {
        const more = Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'key'));
        const body = isFirst ? { key: own, ...more } : { ...more, key: own };
        expect(keyIn(JSON.stringify(body))).toBe(own);
        expect(keyIn(JSON.stringify(body, null, 2))).toBe(own);
        expect(keyIn(JSON.stringify(more))).toBe('');
      }),
    );
  });
});
