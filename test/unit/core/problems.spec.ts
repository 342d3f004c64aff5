import { invalid } from '../../../src/core/failure.js';
import { quoted, refuseUnknownKeys } from '../../../src/core/json-shape.js';
import { parseTogether, Problems } from '../../../src/core/problems.js';
import { refusal } from './failing.js';

const wrong = (pointer: string) => (): never => {
  throw invalid('invalid_field', pointer, `wrong at ${pointer}`);
};

describe('Problems', () => {
  it('gives what was parsed, and one failure for all that was not', () => {
    const problems = new Problems();
    expect(problems.take(() => 5)).toBe(5);
    expect(problems.any).toBe(false);
    problems.throwIfAny();
    expect(problems.take(wrong('/a'))).toBeUndefined();
    problems.take(wrong('/b'));
    expect(refusal(() => problems.throwIfAny())).toMatchObject({
      code: 'invalid_field',
      detail: 'wrong at /a',
      pointers: ['/a', '/b'],
    });
  });

  it('lets defects pass through', () => {
    expect(() =>
      new Problems().take(() => {
        throw new TypeError('defect');
      }),
    ).toThrow(TypeError);
  });

  it('gives the values of all parts, also those that are null', () => {
    const problems = new Problems();
    const [name, none] = [problems.attempt(() => 'x'), problems.attempt(() => null)];
    const both = problems.attemptWith({ name, none }, (of) => [of.name, of.none]);
    expect(problems.all({ name, none, both })).toEqual({ name: 'x', none: null, both: ['x', null] });
  });

  it('leaves out what follows from a part with a problem, and gives the problems of the others', () => {
    const problems = new Problems();
    const first = problems.attempt<number>(wrong('/a'));
    const second = problems.attemptWith({ first }, wrong('/never'));
    const third = problems.attemptWith({ third: problems.attempt(() => 1) }, wrong('/b'));
    expect([first, second, third]).toEqual([null, null, null]);
    expect(refusal(() => problems.all({ first, second, third })).pointers).toEqual(['/a', '/b']);
  });

  it('refuses all parts where anything else had a problem', () => {
    const problems = new Problems();
    problems.take(wrong('/keys'));
    expect(refusal(() => problems.all({ name: problems.attempt(() => 'x') })).pointers).toEqual(['/keys']);
  });

  it('parses independent parts together', () => {
    expect(parseTogether({ a: () => 1, b: () => undefined })).toEqual({ a: 1, b: undefined });
    const refused = refusal(() => parseTogether({ a: wrong('/a'), b: () => 1, c: wrong('/c') }));
    expect(refused.pointers).toEqual(['/a', '/c']);
  });

  it('tells at most 50', () => {
    const problems = new Problems();
    for (let i = 0; i < 1000; i += 1) problems.take(wrong(`/${i}`));
    expect(problems.failure().errors).toHaveLength(50);
  });
});

describe('refuseUnknownKeys', () => {
  it('points at the key by RFC 6901, and tells at most 20', () => {
    const keys = (value: object): (string | undefined)[] =>
      refusal(() => refuseUnknownKeys({ ...value }, ['a'], '/x', 'It')).pointers;
    expect(keys({ a: 1, 'b/c~d': 1, '': 1 })).toEqual(['/x/b~1c~0d', '/x/']);
    expect(keys(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])))).toHaveLength(20);
    expect(keys({ ['k'.repeat(1_000_000)]: 1 })).toEqual(['/x']);
    expect(keys(JSON.parse('{"__proto__": 1}') as object)).toEqual(['/x/__proto__']);
  });
});

describe('quoted', () => {
  it('is short, whatever is quoted', () => {
    const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
    for (const value of ['x'.repeat(1e6), '\0'.repeat(100), deep(2000), {}, undefined, null, 1e300, '\ud800']) {
      expect(quoted(value).length).toBeLessThanOrEqual(61);
    }
    expect([quoted('a"b'), quoted(undefined), quoted([1]), quoted(true)]).toEqual([
      '"a\\"b"',
      'null',
      '"a list"',
      'true',
    ]);
  });
});
