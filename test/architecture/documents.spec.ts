import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../src/core/error-codes.js';
import { metric as builtIn, METRIC_IDS } from '../../src/core/metric/catalogue.js';
import { UNDEFINED_REASONS, type ColumnType } from '../../src/core/metric/metric.js';
import { SEMANTICS_VERSION } from '../../src/core/request/canonical-request.js';
import { fittingNames } from '../../src/core/statistics/aggregators.js';
import { REJECTION_CODES } from '../../src/core/ingest/rejection.js';
import { WARNING_CODES } from '../../src/core/warning-codes.js';
import { SETTINGS } from '../support/settings.js';
import { PACKAGE_ROOT, sourceFiles } from '../support/source-files.js';

/** A column of each type, and one that counts distinct values. */
const COLUMN_KINDS = ['number', 'duration', 'map', 'boolean', 'instant', 'text'].flatMap((type) =>
  [false, true].map((countsDistinct) => ({ name: 'x', type: type as ColumnType, countsDistinct, description: '' })),
);

const reference = readFileSync(join(PACKAGE_ROOT, 'docs', 'reference.md'), 'utf8');

/** Rows of the first table whose header starts with the given cells; cells trimmed, back-quotes removed. */
function table(...header: string[]): string[][] {
  const lines = reference.split('\n');
  const start = lines.findIndex((l) => l.replaceAll(/\s+/g, ' ').startsWith(`| ${header.join(' | ')} |`));
  if (start < 0) throw new Error(`docs/reference.md has no table with the header ${header.join(', ')}`);
  const end = lines.findIndex((l, i) => i > start && !l.startsWith('|'));
  return lines.slice(start + 2, end).map((l) =>
    l
      .split('|')
      .slice(1, -1)
      .map((c) => c.trim().replaceAll('`', '')),
  );
}

describe('docs/reference.md', () => {
  it('lists every error code with its status, and no other', () => {
    const written = table('Code', 'Status').map(([code, status]) => `${code} ${status}`);
    const known = Object.entries(ERROR_CODES).map(([code, { status }]) => `${code} ${status}`);
    expect(written.sort()).toEqual(known.sort());
  });

  it('lists every code of a refused item, and no other', () => {
    const written = table('Item code', 'What is wrong').map(([code]) => code);
    expect(written.sort()).toEqual([...REJECTION_CODES].sort());
  });

  it('lists every warning with its figures, and no other', () => {
    const written = table('Warning code', 'Figures', 'When').map(([code, figures, title]) =>
      [code, figures, title].join(' | '),
    );
    const known = Object.entries(WARNING_CODES).map(([code, { figures, title }]) =>
      [code, figures.join(' '), title.replaceAll('`', '')].join(' | '),
    );
    expect(written.sort()).toEqual(known.sort());
  });

  it('lists every setting with its default, and no other', () => {
    const written = table('Variable', 'Default').map(([name, value]) => `${name}=${value}`);
    const known = SETTINGS.map((s) => `${s.name}=${s.default}`);
    expect(written.sort()).toEqual(known.sort());
  });
});

describe('docs', () => {
  const pages = readdirSync(join(PACKAGE_ROOT, 'docs')).filter((name) => name.endsWith('.md'));

  it.each(pages)('%s names files and pages that exist', (page) => {
    const text = readFileSync(join(PACKAGE_ROOT, 'docs', page), 'utf8');
    const files = [...text.matchAll(/`((?:src|test|migrations|bench|packages)\/[\w./-]+)`/g)].map(
      ([, path]) => path ?? '',
    );
    const linked = [...text.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, path]) => join('docs', path ?? ''));
    expect([...files, ...linked].filter((path) => !existsSync(join(PACKAGE_ROOT, path)))).toEqual([]);
  });
});

describe('docs/semantics.md', () => {
  const text = readFileSync(join(PACKAGE_ROOT, 'docs', 'semantics.md'), 'utf8');
  const anchors = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => anchorOf(title)));

  it('has every anchor that it and the source cite', () => {
    const cited = sourceFiles('src', 'test').flatMap(({ path, text: source }) =>
      [...source.matchAll(/docs\/semantics\.md#([\w-]+)/g)].map(([, anchor = '']) => ({ path, anchor })),
    );
    const own = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => ({
      path: 'docs/semantics.md',
      anchor,
    }));
    expect(cited.length).toBeGreaterThan(5);
    expect([...cited, ...own].filter(({ anchor }) => !anchors.has(anchor))).toEqual([]);
  });

  it.each([
    ['metric', METRIC_IDS],
    ['column', METRIC_IDS.flatMap((id) => builtIn(id).columns.map(({ name }) => name))],
    ['reason', UNDEFINED_REASONS],
    ['warning', Object.keys(WARNING_CODES)],
    ['aggregator', COLUMN_KINDS.flatMap((column) => fittingNames(column))],
  ])('describes every %s', (_, names) => {
    expect(names.length).toBeGreaterThan(5);
    expect(
      [...new Set(names)].filter((name) => !text.includes(`\`${name}\``) && !text.includes(`\`${name} {`)),
    ).toEqual([]);
  });

  it('states the version of the meanings', () => {
    expect(text).toContain(`version ${SEMANTICS_VERSION}.`);
  });
});

/** As GitHub makes them. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(/\s/g, '-');
}
