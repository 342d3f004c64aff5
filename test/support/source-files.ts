import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The folder that holds package.json. */
export const PACKAGE_ROOT = resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** Path from the package root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Relative imports, resolved to paths from the package root. */
  readonly imports: readonly string[];
  /** Relative specifiers as written. */
  readonly specifiers: readonly string[];
  /** Packages and node: modules. */
  readonly packages: readonly string[];
}

const SPECIFIER =
  /(?:^|\n)\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every TypeScript file below the folders, with its imports. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) => walk(join(PACKAGE_ROOT, folder))).map(readSource);
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : walk(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function readSource(absolute: string): SourceFile {
  const text = readFileSync(absolute, 'utf8');
  const all = [...text.matchAll(SPECIFIER)].map((m) => m[1] ?? m[2] ?? '');
  const specifiers = all.filter((s) => s.startsWith('.'));
  return {
    path: relative(PACKAGE_ROOT, absolute),
    text,
    specifiers,
    imports: specifiers.map((s) => relative(PACKAGE_ROOT, join(dirname(absolute), s)).replace(/\.js$/, '.ts')),
    packages: all.filter((s) => !s.startsWith('.')),
  };
}
