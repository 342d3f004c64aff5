import type { Scalar, ScalarMap, ScalarType } from '../../core/ingest/scalar-map.js';
import type { TextSpan } from '../../core/ingest/text-span.js';

const FIRST_BYTES = 16_384;
/** Short texts are copied byte by byte: a call costs more. */
const SHORT_BYTES = 24;
const TWO_TO_32 = 4_294_967_296;

/** Rows in ClickHouse's RowBinary format. Grows by doubling; `clear` keeps its memory for the next rows. */
export class RowBuffer {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #view = viewOf(this.#bytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The rows; valid until the next write. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Makes room for so many bytes, which the writes that follow do not check. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** A whole number from 0 to 2^53. */
  uint64(value: number): void {
    this.uint32(value % TWO_TO_32);
    this.uint32(Math.floor(value / TWO_TO_32));
  }

  float64(value: number): void {
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  text({ bytes, start, end }: TextSpan): void {
    this.varint(end - start);
    if (end - start > SHORT_BYTES) {
      bytes.copy(this.#bytes, this.#length, start, end);
      this.#length += end - start;
      return;
    }
    const target = this.#bytes;
    let at = this.#length;
    for (let from = start; from < end; from++) target[at++] = bytes[from] ?? 0;
    this.#length = at;
  }

  /** A text of JavaScript's, which takes up to `Buffer.byteLength` and five more bytes. */
  string(value: string): void {
    const byteLength = Buffer.byteLength(value);
    this.varint(byteLength);
    this.#length += this.#bytes.write(value, this.#length, byteLength);
  }

  /** The length of a text, a list or a map. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** The three typed maps of a flat object: text, number, flag. */
  typedMaps(map: ScalarMap): void {
    let texts = 0;
    let numbers = 0;
    let flags = 0;
    for (let i = 0; i < map.size; i++) {
      const { type } = map.at(i);
      if (type === 'text') texts++;
      else if (type === 'number') numbers++;
      else if (type === 'flag') flags++;
    }
    this.#map(map, 'text', texts);
    this.#map(map, 'number', numbers);
    this.#map(map, 'flag', flags);
  }

  /** The keys that are null. */
  nullKeys(map: ScalarMap): void {
    this.#map(map, 'null', map.count('null'));
  }

  #map(map: ScalarMap, type: ScalarType, count: number): void {
    this.varint(count);
    let left = count;
    for (let i = 0; left > 0; i++) {
      const scalar = map.at(i);
      if (scalar.type !== type) continue;
      this.#entry(scalar);
      left--;
    }
  }

  #entry(scalar: Scalar): void {
    this.text(scalar.key);
    if (scalar.type === 'text') this.text(scalar.text);
    else if (scalar.type === 'number') this.float64(scalar.number);
    else if (scalar.type === 'flag') this.byte(scalar.number);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
