import { METRIC_IDS } from '../../src/core/metric/catalogue.js';
import { sourceFiles, type SourceFile } from '../support/source-files.js';

const LITERAL = new RegExp(`(['"\`])(${METRIC_IDS.join('|')})\\1`, 'g');

/** The demo and the presets request metrics by name, as a client does. */
const CLIENTS = /^src\/(cli\/demo\/|core\/metric\/named\/\w+-pack\.ts$)/;

/** Where a word that is also an id means something else: who has signed in, and who is at the door. */
const OTHER_MEANINGS = /^src\/(accounts\/sessions|collect)\//;

const files = sourceFiles('src');

/** The ids that stand in a file as texts; examples of the API's documents aside. */
function idsIn({ path, text }: SourceFile): readonly string[] {
  const code = text
    .split('\n')
    .filter((line) => !/^\s*(\/\*\*|\*|\/\/)/.test(line))
    .filter((line) => !path.endsWith('.dto.ts') || !/\b(example|metric): '/.test(line));
  return [...code.join('\n').matchAll(LITERAL)].map(([, , id]) => id ?? '');
}

/** The two files of a metric. */
function ownFiles(id: string): readonly string[] {
  const name = id.replaceAll('_', '-');
  return [`src/core/metric/${name}.ts`, `src/sql/metrics/${name}.ts`];
}

describe('metrics', () => {
  it.each(METRIC_IDS)('%s has its two files', (id) => {
    const paths = files.map(({ path }) => path);
    expect(ownFiles(id).filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('are named in no other file', () => {
    const own = METRIC_IDS.flatMap(ownFiles);
    const others = files.filter(({ path }) => !own.includes(path) && !CLIENTS.test(path) && !OTHER_MEANINGS.test(path));
    expect(others.flatMap((file) => idsIn(file).map((id) => `${file.path}: ${id}`))).toEqual([]);
    const named = files.filter(({ path }) => own.includes(path)).flatMap(idsIn);
    expect(new Set(named)).toEqual(new Set(METRIC_IDS));
  });
});
