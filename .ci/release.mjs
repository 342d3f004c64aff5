// Run by `npm version`, which has written the new version into package.json: gives it to what is unreleased, and to the workspaces.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
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
const VERSIONED = 'packages/app-tracker/src/version.ts';
writeFileSync(VERSIONED, readFileSync(VERSIONED, 'utf8').replace(/'[\d.]+'/, `'${version}'`));
for (const workspace of readdirSync('packages')) {
  edit(`packages/${workspace}/package.json`, (manifest) => ({ ...manifest, version }));
  edit('package-lock.json', ({ packages, ...lock }) => {
    const path = `packages/${workspace}`;
    return { ...lock, packages: { ...packages, [path]: { ...packages[path], version } } };
  });
}

function edit(path, change) {
  writeFileSync(path, `${JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8'))), null, 2)}\n`);
}
