import { createHash } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { serverUser } from '@muster/embedded-stores';
import { packageRoot } from '../../src/platform/config/package-root.js';
import type { LandedState } from './load-state.js';

/** A folder, a file (`content` is the place of its bytes among the contents), or a link. */
interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly content?: number;
  readonly link?: string;
}

/** The data folders of several states, by the commit that made each; contents that they share stand there once. */
interface Index {
  readonly states: Readonly<Record<string, { readonly told: LandedState; readonly entries: readonly Entry[] }>>;
  /** Bytes of each content. */
  readonly sizes: readonly number[];
}

export const ARCHIVE = join(packageRoot(), 'test/upgrades/landed-states.br');
/** Sockets are made anew, and logs are nobody's data. */
const PASSING = /(^|\/)(socket|spool|server\.log|muster\.pid|postmaster\.(pid|opts))$/;
/** Long enough for a file of one state to be told by the same file of another. */
const WINDOW_BITS = 28;

/** A data folder that nobody is at work on, and what its program told of it. */
export interface MadeState {
  readonly told: LandedState;
  readonly folder: string;
}

/** Writes the archive anew, and tells its size. `folders`: the data folder of each state, nobody at work on it. */
export function packStates(folders: ReadonlyMap<string, MadeState>): number {
  const contents = new Map<string, { readonly index: number; readonly bytes: Buffer }>();
  const states = Object.fromEntries(
    [...folders].map(([commit, { told: reported, folder }]) => [
      commit,
      { told: reported, entries: entriesOf(folder, '', contents) },
    ]),
  );
  const ordered = [...contents.values()].map(({ bytes }) => bytes);
  const index: Index = { states, sizes: ordered.map(({ length }) => length) };
  const head = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const packed = brotliCompressSync(Buffer.concat([length, head, ...ordered]), {
    params: {
      [constants.BROTLI_PARAM_LARGE_WINDOW]: 1,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    },
  });
  writeFileSync(ARCHIVE, packed);
  return packed.length;
}

/** The archive, read. Takes about as much memory as the data folders are large. */
export class StateArchive {
  readonly #index: Index;
  readonly #contents: readonly Buffer[];

  constructor() {
    const bytes = brotliDecompressSync(readFileSync(ARCHIVE), {
      params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
    });
    const headEnd = 4 + bytes.readUInt32LE(0);
    this.#index = JSON.parse(bytes.toString('utf8', 4, headEnd)) as Index;
    let end = headEnd;
    this.#contents = this.#index.sizes.map((size) => bytes.subarray(end, (end += size)));
  }

  /** The commits, the oldest first. */
  get commits(): readonly string[] {
    return Object.keys(this.#index.states);
  }

  told(commit: string): LandedState {
    return this.#state(commit).told;
  }

  /**
   * Puts the data folder of a state where there is nothing yet; the part of the embedded PostgreSQL gets the owner that
   * it needs.
   */
  unpack(commit: string, folder: string): void {
    const owner = serverUser(join(folder, 'postgres'));
    for (const { path, mode, content, link } of this.#state(commit).entries) {
      const to = join(folder, path);
      if (link !== undefined) symlinkSync(link, to);
      else if (content === undefined) mkdirSync(to, { recursive: true });
      else writeFileSync(to, this.#contents[content] ?? '');
      if (link === undefined) chmodSync(to, mode);
      if (/^postgres(\/|$)/.test(path) && owner.uid !== undefined && owner.gid !== undefined)
        lchownSync(to, owner.uid, owner.gid);
    }
  }

  #state(commit: string): Index['states'][string] {
    const state = this.#index.states[commit];
    if (state === undefined) throw new Error(`${ARCHIVE} has no state of ${commit}`);
    return state;
  }
}

/** A folder comes before what is in it. */
function entriesOf(
  root: string,
  path: string,
  contents: Map<string, { readonly index: number; readonly bytes: Buffer }>,
): Entry[] {
  return readdirSync(join(root, path))
    .toSorted()
    .map((name) => join(path, name))
    .filter((inside) => !PASSING.test(inside))
    .flatMap((inside) => {
      const stat = lstatSync(join(root, inside));
      const mode = stat.mode & 0o777;
      if (stat.isSymbolicLink()) return [{ path: inside, mode, link: readlinkSync(join(root, inside)) }];
      if (stat.isDirectory()) return [{ path: inside, mode }, ...entriesOf(root, inside, contents)];
      if (!stat.isFile()) return [];
      const bytes = readFileSync(join(root, inside));
      const hash = createHash('sha256').update(bytes).digest('hex');
      const known = contents.get(hash) ?? { index: contents.size, bytes };
      contents.set(hash, known);
      return [{ path: inside, mode, content: known.index }];
    });
}
