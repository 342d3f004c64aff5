import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from 'json-canonicalize';
import { memberSetHash } from '../../src/core/cohort/member-set-hash.js';
import { parseCohort } from '../../src/core/cohort/parse-cohort.js';
import type { ResolvedCohort } from '../../src/core/cohort/resolved-cohort.js';
import type { AskedRequest } from '../../src/core/request/asked-request.js';
import { planRequest } from '../../src/core/request/plan-request.js';
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
    readonly cohorts: Readonly<Record<string, readonly string[]>>;
  };
  readonly vectors: readonly Vector[];
}

const FILE = join(PACKAGE_ROOT, 'packages/client/request-hash-vectors.json');
const PAGE = join(PACKAGE_ROOT, 'docs/request-hash.md');
const NOW_MS = Date.parse('2026-12-01T00:00:00Z');
const TABLE = /(<!-- vectors -->\n)[^]*(<!-- \/vectors -->)/;

const { property, vectors: stored } = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;
const vectors = process.env['UPDATE_VECTORS'] === '1' ? writtenAnew() : stored;

function writtenAnew(): readonly Vector[] {
  const written = stored.map(computed);
  writeFileSync(FILE, `${JSON.stringify({ property, vectors: written }, null, 2)}\n`);
  writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(TABLE, `$1${table(written)}$2`));
  return written;
}

function computed({ name, body }: Vector): Vector {
  const context = { timeZone: property.time_zone, weekStart: property.week_start, cohort: resolved(body.cohort) };
  const { canonical, hash } = planRequest(body, context, NOW_MS);
  return { name, body, canonical: canonicalize(canonical), hash };
}

function resolved(cohort: unknown): ResolvedCohort {
  const reference = parseCohort(cohort, '/cohort');
  if (reference.kind === 'all') return { kind: 'all', id: null, name: null, version: null };
  const users = reference.kind === 'users' ? reference.users : property.cohorts[String(cohort)];
  if (users === undefined) throw new Error(`The property of the vectors has no cohort ${String(cohort)}`);
  const set = memberSetHash(users);
  return { kind: 'members', setHash: set.hash, size: set.users.length, id: null, name: null, version: null };
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
