import { pointerTo } from '../../failure.js';
import { isObject, quoted } from '../../json-shape.js';
import { wrongParameter } from './link-values.js';

/** Builds the body of a link field by field, and knows which parameter has set each field. */
export class LinkBody {
  readonly #body: Record<string, unknown> = {};
  /** Pointer of a field -> the parameter that has said it. */
  readonly #sources = new Map<string, string>();

  get value(): Readonly<Record<string, unknown>> {
    return this.#body;
  }

  /**
   * Says a field, such as `['window', 'length']`. 400 where another parameter has said it, a part of it or the whole.
   */
  set(path: readonly string[], value: unknown, parameter: string): void {
    const pointer = pointerTo('', ...path);
    const other = this.#saidBy(pointer);
    if (other !== undefined) {
      const detail = `${quoted(parameter)} and ${quoted(other)} contradict each other: both say ${path.join('.')}. Give one of them.`;
      throw wrongParameter(parameter, detail, [other]);
    }
    this.#sources.set(pointer, parameter);
    this.#put(path, value);
  }

  /** Sets a field that follows from others, unless a parameter has set it. */
  imply(path: readonly string[], value: unknown): void {
    if (this.#saidBy(pointerTo('', ...path)) === undefined) this.#put(path, value);
  }

  has(...path: string[]): boolean {
    return this.get(...path) !== undefined;
  }

  get(...path: string[]): unknown {
    return path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), this.#body);
  }

  /** The parameter to look at for what is wrong at a place of the body; where none has said it, the one that could. */
  parameterOf(pointer: string): string {
    const said = this.#saidBy(pointer);
    if (said !== undefined) return said;
    const [, field = '', part = ''] = pointer.split('/');
    return field === 'params' && part !== '' ? part : field;
  }

  /** Of the field, of the nearest that it is a part of, or of a part of it. */
  #saidBy(pointer: string): string | undefined {
    const whole = [...this.#sources.keys()]
      .filter((said) => pointer === said || pointer.startsWith(`${said}/`))
      .sort((a, b) => b.length - a.length)[0];
    const part = [...this.#sources.keys()].find((said) => said.startsWith(`${pointer}/`));
    const found = whole ?? part;
    return found === undefined ? undefined : this.#sources.get(found);
  }

  #put(path: readonly string[], value: unknown): void {
    const parents = path.slice(0, -1);
    const parent = parents.reduce<Record<string, unknown>>((object, key) => {
      const inner = isObject(object[key]) ? { ...object[key] } : {};
      object[key] = inner;
      return inner;
    }, this.#body);
    parent[path.at(-1) ?? ''] = value;
  }
}
