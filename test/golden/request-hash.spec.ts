import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from 'json-canonicalize';
import type { AskedRequest } from '../../src/core/request/asked-request.js';
import { planRequest } from '../../src/core/request/plan-request.js';
import { inlineCohort } from '../support/inline-cohort.js';
import { PACKAGE_ROOT } from '../support/source-files.js';

interface Vector {
  readonly name: string;
  readonly body: AskedRequest;
  readonly canonical: string;
  readonly hash: string;
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

function computed({ name, body }: Vector): Vector {
  const context = {
    timeZone: property.time_zone,
    weekStart: property.week_start,
    cohort: inlineCohort(body.cohort, saved, String(body.time_zone ?? property.time_zone)).resolved,
  };
  const { canonical, hash } = planRequest(body, context, NOW_MS);
  return { name, body, canonical: canonicalize(canonical), hash };
}

/** As prettier aligns it. */
function table(rows: readonly Vector[]): string {
  const cells = rows.map(({ name, hash }) => [name, `\`${hash}\``] as const);
  const width = Math.max(...cells.map(([name]) => name.length));
  const line = (name: string, hash: string): string => `| ${name.padEnd(width)} | ${hash.padEnd(66)} |`;
  const rule = `| ${'-'.repeat(width)} | ${'-'.repeat(66)} |`;
  return ['', line('What', 'Hash'), rule, ...cells.map(([name, hash]) => line(name, hash)), '', ''].join('\n');
}

describe('the test vectors of the request hash', () => {
  it('are at least thirty', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(30);
  });

  it.each(vectors)('$name', (vector) => {
    expect(computed(vector)).toEqual(vector);
  });

  it('are those of the page', () => {
    expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[0]).toBe(`<!-- vectors -->\n${table(vectors)}<!-- /vectors -->`);
  });
});
