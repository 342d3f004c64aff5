import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PACKAGE_ROOT } from './source-files.js';

const DEFINING = ['describe', 'it', 'test', 'beforeAll', 'beforeEach', 'afterEach', 'afterAll'] as const;
type Globals = Record<string, unknown>;
// A function of Jest, such as `describe`, with its forms, such as `describe.each`.
type Definer = ((...args: unknown[]) => unknown) & Record<string, unknown>;

/**
 * Runs all suites below some folders of the package as one suite of Jest, one after another, in the order of their
 * names. Their modules are loaded once for all of them: Jest loads them anew for each suite, which takes a second for
 * each that starts the service. What a suite defines at its top, such as `beforeAll`, holds for that suite alone.
 */
export async function runTogether(...folders: string[]): Promise<void> {
  for (const path of folders.flatMap((folder) => suitesBelow(join(PACKAGE_ROOT, folder))).sort()) {
    const definitions = await definitionsOf(path);
    describe(relative(PACKAGE_ROOT, path), () => {
      for (const define of definitions) define();
    });
  }
}

function suitesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return suitesBelow(path);
    return entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}

/** Loads a suite, and gives its calls of Jest's functions, which are yet to be made. */
async function definitionsOf(path: string): Promise<(() => void)[]> {
  const definitions: (() => void)[] = [];
  const globals = globalThis as unknown as Globals;
  const own = DEFINING.map((name) => [name, globals[name] as Definer] as const);
  for (const [name, definer] of own) globals[name] = noting(definer, definitions);
  try {
    await import(path);
  } finally {
    for (const [name, definer] of own) globals[name] = definer;
  }
  return definitions;
}

/** The function, whose calls are noted rather than made; `each` and its like give another such function. */
function noting(definer: Definer, definitions: (() => void)[]): Definer {
  return new Proxy(definer, {
    apply: (target, _self, args) => {
      definitions.push(() => target(...args));
      return undefined;
    },
    get: (target, name) => {
      const form = Reflect.get(target, name);
      if (typeof form !== 'function') return form;
      if (name !== 'each') return noting(form as Definer, definitions);
      return (...table: unknown[]) => noting((form as Definer)(...table) as Definer, definitions);
    },
  });
}
