import { parseSelector } from '../../../../src/core/event/parse-filter.js';
import { refusal } from '../failing.js';

describe('event names', () => {
  it('are a set: one name, a list in any order and with repetitions are alike', () => {
    expect(parseSelector('view', null, '').event).toEqual(['view']);
    expect(parseSelector(['view', 'edit', 'view'], undefined, '').event).toEqual(['edit', 'view']);
    expect(parseSelector(undefined, undefined, '')).toEqual({ event: null, where: null });
  });

  it('have 1 to 200 code points, not UTF-16 units', () => {
    expect(parseSelector('😀'.repeat(200), null, '').event).toEqual(['😀'.repeat(200)]);
    expect(refusal(() => parseSelector('😀'.repeat(201), null, '/params'))).toMatchObject({
      code: 'invalid_field',
      pointers: ['/params/event'],
    });
    expect(parseSelector(' edit', null, '').event).toEqual([' edit']);
  });

  it.each([
    ['', '/event'],
    [[], '/event'],
    [5, '/event'],
    [{}, '/event'],
    [['ok', ''], '/event/1'],
    [['ok', null], '/event/1'],
    ['\ud800', '/event'],
    ['a\0b', '/event'],
  ])('refuses %p', (event, pointer) => {
    expect(refusal(() => parseSelector(event, null, ''))).toMatchObject({ code: 'invalid_field', pointers: [pointer] });
  });

  it('are at most 1,000', () => {
    expect(refusal(() => parseSelector(Array.from({ length: 1001 }, String), null, '')).code).toBe('limit_exceeded');
  });

  it('are refused together with the filter', () => {
    expect(refusal(() => parseSelector('', { property: 'a' }, '/params')).pointers).toEqual([
      '/params/event',
      '/params/where',
    ]);
  });
});
