import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { postgresBinaries } from '@muster/embedded-stores';
import { packageRoot } from '../../src/platform/config/package-root.js';
import { loadState, type LandedState } from './load-state.js';
import { ARCHIVE, packStates, StateArchive, type MadeState } from './state-archive.js';

/** So that most of what is asked at the end is still queued when it stops, and is left so. */
const SETTINGS = { MUSTER_PORT: '0', MUSTER_JOB_CONCURRENCY: '1', MUSTER_SHUTDOWN_GRACE_SECONDS: '0' };

/**
 * What a data folder does without: the databases that new ones are copied from, and the log of what is on disk by now.
 */
const STRIPPED = [
  'UPDATE pg_database SET datistemplate = false',
  'DROP DATABASE IF EXISTS template0',
  'DROP DATABASE IF EXISTS template1',
  'SELECT pg_switch_wal()',
  'CHECKPOINT',
  'CHECKPOINT',
];

const workshop = mkdtempSync(join(tmpdir(), 'muster-landed-'));
try {
  await landStates(process.argv.slice(2));
} finally {
  rmSync(workshop, { recursive: true, force: true });
}

/**
 * Makes data folders by the programs of the commits, each by its own code, and puts them into the archive behind those
 * that are there.
 */
async function landStates(commits: readonly string[]): Promise<void> {
  if (commits.length === 0) throw new Error('Name the commits, the oldest first');
  const states = new Map<string, MadeState>();
  if (existsSync(ARCHIVE)) {
    const archive = new StateArchive();
    for (const commit of archive.commits) {
      const folder = join(workshop, `kept-${commit}`);
      mkdirSync(folder);
      archive.unpack(commit, folder);
      states.set(commit, { told: archive.told(commit), folder });
    }
  }
  for (const commit of commits) states.set(commit, await madeBy(commit));
  process.stdout.write(`${states.size} states, ${packStates(states)} bytes\n`);
}

async function madeBy(commit: string): Promise<MadeState> {
  const program = join(workshop, `program-${commit}`);
  const folder = join(workshop, `data-${commit}`);
  build(commit, program);
  mkdirSync(folder);
  const reported = await load(program, folder);
  strip(join(folder, 'postgres/data'));
  const queued = reported.asked.filter(({ answer }) => answer.status === 'queued').length;
  process.stdout.write(
    `${commit}: ${reported.asked.length} requests, ${queued} of them queued; refused ${reported.refused.join(', ') || 'none'}\n`,
  );
  return { told: reported, folder };
}

function build(commit: string, program: string): void {
  mkdirSync(program);
  const tar = execFileSync('git', ['archive', commit], { cwd: packageRoot(), maxBuffer: 1e9 });
  execFileSync('tar', ['x'], { cwd: program, input: tar });
  if (hasOurVersions(program)) linkModules(program);
  else execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: program, stdio: 'inherit' });
  execFileSync('npm', ['run', 'build'], { cwd: program, stdio: 'inherit' });
}

/** What is installed here, but for the workspaces, which are the program's own. */
function linkModules(program: string): void {
  const ours = join(packageRoot(), 'node_modules');
  const theirs = join(program, 'node_modules');
  mkdirSync(join(theirs, '@muster'), { recursive: true });
  for (const name of readdirSync(ours)) if (name !== '@muster') symlinkSync(join(ours, name), join(theirs, name));
  for (const name of readdirSync(join(program, 'packages')))
    symlinkSync(join(program, 'packages', name), join(theirs, '@muster', name));
}

/** Whether `npm ci` would install what is installed here. */
function hasOurVersions(program: string): boolean {
  const [ours, theirs] = [packageRoot(), program].map((folder) => {
    const lock: { packages: Record<string, { version?: string }> } = JSON.parse(
      readFileSync(join(folder, 'package-lock.json'), 'utf8'),
    );
    return lock.packages;
  });
  return Object.entries(theirs ?? {}).every(([name, { version }]) => name === '' || ours?.[name]?.version === version);
}

async function load(program: string, folder: string): Promise<LandedState> {
  const child = spawn(process.execPath, [join(program, 'dist/src/main.js'), 'serve'], {
    env: { PATH: process.env['PATH'], MUSTER_DATA_DIR: folder, ...SETTINGS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry: { event?: string; url?: string } = line.includes('"ready"') ? JSON.parse(line) : {};
      if (entry.event === 'ready' && entry.url !== undefined) resolve(entry.url);
    });
  });
  const failed = ended.then((code): never => {
    throw new Error(`The program ended with ${code}`);
  });
  failed.catch(() => undefined);
  try {
    return await loadState(await Promise.race([ready, failed]), readFileSync(join(folder, 'admin-key'), 'utf8').trim());
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Twice: the log that the first time has written goes with the second. */
function strip(data: string): void {
  const { uid, gid } = statSync(data);
  const owner = process.getuid?.() === 0 ? { uid, gid } : {};
  for (let round = 0; round < 2; round += 1) {
    const { status, stderr } = spawnSync(
      postgresBinaries().postgres,
      ['--single', '-D', data, '-c', 'wal_recycle=off', 'postgres'],
      { ...owner, input: `${STRIPPED.join('\n')}\n`, encoding: 'utf8', env: { LC_ALL: 'C' } },
    );
    if (status !== 0 || stderr.includes('ERROR')) throw new Error(`${data} could not be stripped: ${stderr}`);
  }
}
