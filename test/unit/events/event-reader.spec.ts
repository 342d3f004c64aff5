import fc from 'fast-check';
import { EventReader } from '../../../src/core/ingest/event-reader.js';
import type { ScalarMap } from '../../../src/core/ingest/scalar-map.js';
import { ITEM_LIMITS, REJECTION_CODES, rejectionDetail } from '../../../src/core/ingest/rejection.js';
import { naiveEvent, type NaiveEvent, type Scalar } from '../../support/naive-event.js';
import { eventTexts } from '../../support/event-texts.js';

const LATEST_MS = Date.parse('2026-11-22T00:00:00Z');
const reader = new EventReader(LATEST_MS);

function read(text: string): { code: string | null; pointer: string } {
  const bytes = Buffer.from(text);
  const code = reader.read(bytes, 0, bytes.length);
  return { code, pointer: code === null ? '' : reader.pointer };
}

function whatWasRead(): NaiveEvent {
  const { id, user, event, timeMs, properties } = reader;
  return {
    id: id && id.toString(),
    user: user.toString(),
    event: event.toString(),
    timeMs,
    properties: scalarsOf(properties),
  };
}

function scalarsOf(map: ScalarMap): Record<string, Scalar> {
  const scalars: [string, Scalar][] = [];
  for (let i = 0; i < map.size; i++) {
    const { key, type, text, number } = map.at(i);
    if (type === 'text') scalars.push([key.toString(), text.toString()]);
    if (type === 'number') scalars.push([key.toString(), number]);
    if (type === 'flag') scalars.push([key.toString(), number === 1]);
  }
  return Object.fromEntries(scalars);
}

const event = (fields: string): string => `{"user":"u","event":"e","time":"2024-01-01T00:00:00Z"${fields}}`;
const withTime = (time: string): string => `{"user":"u","event":"e","time":"${time}"}`;

describe('EventReader', () => {
  it('reads every kind of value', () => {
    const text = event(',"id":"p-1","properties":{"n":-1.5e3,"t":"a\\u00e9\\n","yes":true,"no":false,"none":null}');
    expect(read(text).code).toBeNull();
    expect(whatWasRead()).toEqual({
      id: 'p-1',
      user: 'u',
      event: 'e',
      timeMs: Date.parse('2024-01-01T00:00:00Z'),
      properties: { n: -1500, t: 'aé\n', yes: true, no: false },
    });
  });

  it.each([
    ['', 'malformed_json', ''],
    ['nope', 'malformed_json', ''],
    ['[1]', 'not_an_object', ''],
    ['5', 'not_an_object', ''],
    ['"text"', 'not_an_object', ''],
    ['{}', 'missing_field', '/user'],
    ['{"user":"u","time":"2024-01-01T00:00:00Z"}', 'missing_field', '/event'],
    ['{"user":"u","event":"e"}', 'missing_field', '/time'],
    [event(',"x/y~":1'), 'unknown_field', '/x~1y~0'],
    [event(',"user":"v"'), 'duplicate_field', '/user'],
    [event(',"properties":{},"properties":{}'), 'duplicate_field', '/properties'],
    [event(',"properties":{"a":1,"b":2,"a":1}'), 'duplicate_field', '/properties/a'],
    [event(',"properties":{"a":1,"\\u0061":1}'), 'duplicate_field', '/properties/a'],
    ['{"user":5,"event":"e","time":"2024-01-01T00:00:00Z"}', 'invalid_type', '/user'],
    ['{"user":null,"event":"e","time":"2024-01-01T00:00:00Z"}', 'invalid_type', '/user'],
    ['{"user":"u","event":["e"],"time":"2024-01-01T00:00:00Z"}', 'invalid_type', '/event'],
    [event(',"id":7'), 'invalid_type', '/id'],
    [event(',"properties":[]'), 'invalid_type', '/properties'],
    [event(',"properties":{"a":[1]}'), 'invalid_type', '/properties/a'],
    [event(',"properties":{"a":{"b":1}}'), 'invalid_type', '/properties/a'],
    ['{"user":"","event":"e","time":"2024-01-01T00:00:00Z"}', 'invalid_length', '/user'],
    ['{"user":"u","event":"","time":"2024-01-01T00:00:00Z"}', 'invalid_length', '/event'],
    [event(',"id":""'), 'invalid_length', '/id'],
    [event(',"properties":{"":1}'), 'invalid_length', '/properties/'],
    ['{"user":"\\u0000","event":"e","time":"2024-01-01T00:00:00Z"}', 'nul_character', '/user'],
    ['{"user":"\\ud800","event":"e","time":"2024-01-01T00:00:00Z"}', 'lone_surrogate', '/user'],
    [event(',"properties":{"a":"\\udc00"}'), 'lone_surrogate', '/properties/a'],
    [event(',"properties":{"\\u0000":1}'), 'nul_character', '/properties'],
    [event(',"properties":{"a":1e400}'), 'number_out_of_range', '/properties/a'],
    [event(',"properties":{"a":-1e400}'), 'number_out_of_range', '/properties/a'],
    [event(',"properties":{"a":01}'), 'malformed_json', ''],
    [event(',"properties":{"a":tru}'), 'malformed_json', ''],
    [event(',"properties":{"a":"\\x"}'), 'malformed_json', ''],
    [`${event('')}}`, 'malformed_json', ''],
    [`\ufeff${event('')}`, 'malformed_json', ''],
    ['{"user":5,"event":', 'malformed_json', ''],
    [withTime('2024-02-30T00:00:00Z'), 'invalid_time', '/time'],
    [withTime('2023-02-29T00:00:00Z'), 'invalid_time', '/time'],
    [withTime('2024-13-01T00:00:00Z'), 'invalid_time', '/time'],
    [withTime('2024-01-01T24:00:00Z'), 'invalid_time', '/time'],
    [withTime('2024-01-01T23:59:60Z'), 'invalid_time', '/time'],
    [withTime('2024-01-01 00:00:00Z'), 'invalid_time', '/time'],
    [withTime('2024-01-01T00:00:00'), 'invalid_time', '/time'],
    [withTime('2024-01-01'), 'invalid_time', '/time'],
    [withTime('2024-01-01T00:00:00+25:00'), 'invalid_time', '/time'],
    [withTime('1969-12-31T23:59:59.999Z'), 'time_out_of_range', '/time'],
    [withTime('1970-01-01T00:00:00+00:01'), 'time_out_of_range', '/time'],
    [withTime('0000-01-01T00:00:00Z'), 'time_out_of_range', '/time'],
    [withTime('2026-11-22T00:00:00.001Z'), 'time_out_of_range', '/time'],
    [withTime('9999-12-31T00:00:00Z'), 'time_out_of_range', '/time'],
  ])('rejects %j as %s at %j', (text, code, pointer) => {
    expect(read(text)).toEqual({ code, pointer });
  });

  it('holds every limit to the byte, character or number', () => {
    const user = (text: string) => read(`{"user":"${text}","event":"e","time":"2024-01-01T00:00:00Z"}`).code;
    expect([user('é'.repeat(128)), user('é'.repeat(128) + 'x')]).toEqual([null, 'invalid_length']);
    const name = (text: string) => read(`{"user":"u","event":"${text}","time":"2024-01-01T00:00:00Z"}`).code;
    expect([name('𐐷'.repeat(200)), name('𐐷'.repeat(201))]).toEqual([null, 'invalid_length']);
    const value = (text: string) => read(event(`,"properties":{"a":"${text}"}`));
    expect(value('x'.repeat(ITEM_LIMITS.textBytes)).code).toBeNull();
    expect(value('x'.repeat(ITEM_LIMITS.textBytes + 1))).toEqual({ code: 'invalid_length', pointer: '/properties/a' });
    const keys = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(',');
    expect(read(event(`,"properties":{${keys(256)}}`)).code).toBeNull();
    expect(read(event(`,"properties":{${keys(257)}}`))).toEqual({
      code: 'too_many_properties',
      pointer: '/properties',
    });
    expect(read(event(`,"properties":{${keys(30)},"k20":1}`))).toEqual({
      code: 'duplicate_field',
      pointer: '/properties/k20',
    });
  });

  it('cuts long names in pointers', () => {
    expect(read(event(`,"${'x'.repeat(5000)}":1`)).pointer).toHaveLength(201);
  });

  it('agrees with a naive reader on anything', () => {
    fc.assert(
      fc.property(eventTexts, (text) => {
        const expected = naiveEvent(text, LATEST_MS);
        const { code } = read(text);
        expect(code === null ? whatWasRead() : null).toEqual(expected);
        return true;
      }),
      { numRuns: 3000 },
    );
  });

  it('takes nothing over from the item before', () => {
    read(event(',"id":"i","properties":{"a":1}'));
    expect(read(event('')).code).toBeNull();
    expect([reader.id, reader.properties.size]).toEqual([null, 0]);
    read('{"user":"u","event":"e"');
    expect(read('{"event":"e","time":"2024-01-01T00:00:00Z"}').code).toBe('missing_field');
  });

  it('looks at no byte outside the item', () => {
    const bytes = Buffer.from(`{"x":1}${event('')}{"y"`);
    expect(reader.read(bytes, 7, bytes.length - 4)).toBeNull();
    expect(reader.read(bytes, 7, bytes.length - 5)).toBe('malformed_json');
  });
});

describe('rejectionDetail', () => {
  it('says for every code what would be right', () => {
    for (const code of REJECTION_CODES) expect(rejectionDetail({ code, pointer: '/time' })).toMatch(/^.{20,}\.$/);
  });
});
