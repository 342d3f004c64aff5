// Run by `npm version`, which has written the new version into package.json: gives what is unreleased that version, and the client too.
import { readFileSync, writeFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const CLIENT = 'packages/client/package.json';
const CHANGES = 'CHANGELOG.md';

const changes = readFileSync(CHANGES, 'utf8');
if (!/^## Unreleased\n+###/m.test(changes)) {
  process.stderr.write('CHANGELOG.md has nothing under "## Unreleased": there is nothing to release\n');
  process.exit(1);
}
const day = new Date().toISOString().slice(0, 10);
writeFileSync(
  CHANGES,
  changes.replace('## Unreleased\n', () => `## Unreleased\n\n## ${version} - ${day}\n`),
);
const client = JSON.parse(readFileSync(CLIENT, 'utf8'));
writeFileSync(CLIENT, `${JSON.stringify({ ...client, version }, null, 2)}\n`);
