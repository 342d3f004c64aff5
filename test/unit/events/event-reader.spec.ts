import fc from 'fast-check';
import { EventReader, type ItemForm } from '../../../src/core/ingest/item-readers.js';
import type { ScalarMap } from '../../../src/core/ingest/scalar-map.js';
import { FaultGroups } from '../../../src/core/ingest/item-faults.js';
import {
  faultDetail,
  ITEM_LIMITS,
  ITEM_FAULTS,
  REJECTION_CODES,
  type ItemFaultKind,
} from '../../../src/core/ingest/rejection.js';
import { naiveVerdict, type NaiveEvent, type Scalar } from '../../support/naive-event.js';
import { plainForm } from '../../support/item-form.js';
import { eventTexts } from '../../support/event-texts.js';

/** More by `NUM_RUNS`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 1000);
const LATEST_MS = Date.parse('2026-11-22T00:00:00Z');
const reader = new EventReader(plainForm(LATEST_MS));

function faultsOf(text: string, of = reader): string[] {
  const bytes = Buffer.from(text);
  const isTaken = of.read(bytes, 0, bytes.length);
  expect(isTaken).toBe(of.faults.list.length === 0);
  return of.faults.list.map(({ code, pointer }) => `${code} ${pointer}`);
}

function read(text: string): { code: string | null; pointer: string } {
  const [first] = faultsOf(text);
  const [code = null, pointer = ''] = first?.split(/ (.*)/s) ?? [];
  return { code, pointer };
}

function whatWasRead(): NaiveEvent {
  const { id, user, event, timeMs, finerTime, properties } = reader;
  return {
    id: id && id.toString(),
    user: user.toString(),
    event: event.toString(),
    timeMs,
    finer: finerTime.toString(),
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
      finer: '',
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
    [event(',"properties":{"a":9007199254740993}'), 'number_out_of_range', '/properties/a'],
    [event(',"properties":{"a":-9007199254740993.0}'), 'number_out_of_range', '/properties/a'],
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
    [withTime('2024-01-01_00:00:00Z'), 'invalid_time', '/time'],
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

  it('agrees with a naive reader on anything, all faults included', () => {
    fc.assert(
      fc.property(eventTexts, (text) => {
        const expected = naiveVerdict(text, LATEST_MS);
        const faults = faultsOf(text);
        if ('event' in expected) expect([faults, whatWasRead()]).toEqual([[], expected.event]);
        else if (expected.faults === 'double names') expect(faults.length).toBeGreaterThan(0);
        else expect(faults.toSorted()).toEqual(expected.faults);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it('takes integers beyond 2^53 that a double holds, and doubles as they are spelled', () => {
    for (const number of ['9007199254740992', '-9007199254740994', '1e23', '1.5e300', '18014398509481984.00']) {
      expect(faultsOf(event(`,"properties":{"a":${number}}`))).toEqual([]);
      expect(reader.properties.at(0).number).toBe(Number(number));
    }
  });

  it('tells all that is wrong with an item, and groups it over items', () => {
    const groups = new FaultGroups();
    const text = '{"user":"","time":"2026-01-05T10:00:00","x":1,"properties":{"a":[1],"b":12345678901234567890}}';
    for (const index of [0, 4]) {
      faultsOf(text);
      groups.add(index, reader.faults);
    }
    expect(groups.report()).toEqual({
      errors: [
        ['unknown_field', '/x', expect.any(String)],
        ['invalid_type', '/properties/a', expect.stringContaining('is a list')],
        ['number_out_of_range', '/properties/b', expect.stringContaining('send it as text ("12345678901234567890")')],
        ['invalid_length', '/user', expect.any(String)],
        ['missing_field', '/event', expect.any(String)],
        ['invalid_time', '/time', '"time" has no offset: add Z or +01:00, or say assume_zone ("2026-01-05T10:00:00").'],
      ].map(([code, pointer, detail]) => ({ code, pointer, detail, count: 2, indexes: [0, 4] })),
    });
  });

  it('tells so many faults and counts the others', () => {
    const groups = new FaultGroups();
    faultsOf(`{${Array.from({ length: 500 }, (_, i) => `"x${i}":1`).join(',')}}`);
    groups.add(0, reader.faults);
    const { errors, errors_omitted: omitted } = groups.report();
    expect([groups.items, errors.length, omitted]).toEqual([1, 100, 503 - 100]);
  });

  it('takes objects apart by one level, or leaves them out, where that is asked', () => {
    const of = (nested: ItemForm['nested']) => new EventReader({ ...plainForm(LATEST_MS), nested });
    const nestedEvent = event(',"properties":{"a":{"b":1,"c":{},"d":null},"e":[1],"f":{},"g":"x"}');
    const flat = of('flatten');
    expect(faultsOf(nestedEvent, flat)).toEqual(['invalid_type /properties/a.c', 'invalid_type /properties/e']);
    expect(faultsOf(event(',"properties":{"a":{"b":1,"c":"x"},"f":{},"g":2}'), flat)).toEqual([]);
    expect(scalarsOf(flat.properties)).toEqual({ 'a.b': 1, 'a.c': 'x', g: 2 });
    for (const double of ['"a":{"b":1},"a.b":2', '"a":{"b":1},"a":2', '"a.b":2,"a":{"b":1}', '"a":{},"a":{}']) {
      expect(faultsOf(event(`,"properties":{${double}}`), flat)).toEqual([
        expect.stringMatching(/^duplicate_field .properties.a/),
      ]);
    }
    const drop = of('drop');
    expect(faultsOf(nestedEvent, drop)).toEqual([]);
    expect([scalarsOf(drop.properties), drop.properties.dropped]).toEqual([{ g: 'x' }, 3]);
    expect(faultsOf(event(',"properties":{"a":[1],"a":2}'), drop)).toEqual(['duplicate_field /properties/a']);
    expect(faultsOf(event(',"properties":{"a":[1}'), drop)).toEqual(['malformed_json ']);
  });

  it('reads times as numbers where that is asked', () => {
    const epoch = new EventReader({
      ...plainForm(LATEST_MS),
      times: { format: 'epoch_s', clock: null, dateClock: null },
    });
    for (const time of ['1704067200', '"1704067200"', '1704067200.0']) {
      expect(faultsOf(`{"user":"u","event":"e","time":${time}}`, epoch)).toEqual([]);
      expect(epoch.timeMs).toBe(Date.parse('2024-01-01T00:00:00Z'));
    }
    expect(faultsOf(event(''), epoch)).toEqual(['invalid_time /time']);
    faultsOf('{"user":"u","event":"e","time":1704067200}');
    expect(reader.faults.list).toMatchObject([{ code: 'invalid_type', lack: 'time_format' }]);
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
    expect(reader.read(bytes, 7, bytes.length - 4)).toBe(true);
    expect(reader.read(bytes, 7, bytes.length - 5)).toBe(false);
  });
});

describe('faultDetail', () => {
  it('says for every code and lack what would be right', () => {
    const lacks = [null, ...(Object.keys(ITEM_FAULTS) as ItemFaultKind[])];
    for (const code of REJECTION_CODES)
      for (const lack of lacks)
        expect(faultDetail({ code, pointer: '/time', lack, value: null })).toMatch(/^.{20,}\.$/);
  });
});
