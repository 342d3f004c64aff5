import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from 'json-canonicalize';
import type { RawRequest } from '../../src/core/request/raw-request.js';
import { planRequest } from '../../src/core/request/plan-request.js';
import { inlineCohort } from '../support/inline-cohort.js';
import { PACKAGE_ROOT } from '../support/source-files.js';

interface Vector {
  readonly name: string;
  readonly body: RawRequest;
  readonly canonical: string;
  readonly hash: string;
  /** The hash by which version 1 stored its results; not of what there was not then. */
  readonly version_1?: string;
}

interface Vectors {
  readonly property: {
    readonly time_zone: string;
    readonly week_start: string;
    /** Saved cohorts by name: lists of users, and definitions. */
    readonly cohorts: Readonly<Record<string, readonly string[] | object>>;
  };
  readonly vectors: readonly Vector[];
}

const FILE = join(PACKAGE_ROOT, 'packages/client/request-hash-vectors.json');
const PAGE = join(PACKAGE_ROOT, 'docs/request-hash.md');
const NOW_MS = Date.parse('2026-12-01T00:00:00Z');
const TABLE = /(<!-- vectors -->\n)[^]*(<!-- \/vectors -->)/;

const { property, vectors: stored } = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;
const saved = Object.fromEntries(
  Object.entries(property.cohorts).map(([name, of]) => [name, Array.isArray(of) ? { users: of } : of]),
);
const vectors = process.env['UPDATE_VECTORS'] === '1' ? writtenAnew() : stored;

function writtenAnew(): readonly Vector[] {
  const written = stored.map(computed);
  writeFileSync(FILE, `${JSON.stringify({ property, vectors: written }, null, 2)}\n`);
  writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(TABLE, `$1${table(written)}$2`));
  return written;
}

function computed({ name, body, version_1 }: Vector): Vector {
  const context = {
    timeZone: property.time_zone,
    weekStart: property.week_start,
    cohort: inlineCohort(body.cohort, saved, String(body.time_zone ?? property.time_zone)).resolved,
  };
  const { canonical, hash } = planRequest(body, context, NOW_MS);
  return { name, body, canonical: canonicalize(canonical), hash, ...(version_1 === undefined ? {} : { version_1 }) };
}

/** As `npm run format` aligns it. */
function table(rows: readonly Vector[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const line = (name: string, ...hashes: string[]): string =>
    `| ${[name.padEnd(width), ...hashes.map((hash) => hash.padEnd(66))].join(' | ')} |`;
  const rule = `| ${[width, 66, 66].map((dashes) => '-'.repeat(dashes)).join(' | ')} |`;
  const cells = rows.map(({ name, hash, version_1: old }) =>
    line(name, `\`${hash}\``, old === undefined ? '' : `\`${old}\``),
  );
  return ['', line('What', 'Hash', 'Hash in version 1'), rule, ...cells, '', ''].join('\n');
}

describe('the test vectors of the request hash', () => {
  it('are at least thirty', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(30);
  });

  it.each(vectors)('$name', (vector) => {
    expect(computed(vector)).toEqual(vector);
  });

  it('of version 1 named the same canonical requests with that version', () => {
    const old = vectors.filter(({ version_1 }) => version_1 !== undefined);
    expect(old.length).toBeGreaterThanOrEqual(50);
    for (const { name, canonical, version_1 } of old) {
      const then = canonical.replace('"semantics_version":2', '"semantics_version":1');
      expect([name, createHash('sha256').update(then).digest('hex')]).toEqual([name, version_1]);
    }
  });

  it('are those of the page', () => {
    expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[0]).toBe(`<!-- vectors -->\n${table(vectors)}<!-- /vectors -->`);
  });
});
