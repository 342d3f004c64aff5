// Builds what is served (t.js, trackables.js, trackr.js, with source maps), the module (index.js) and its types into dist; with the
// name of a folder what is served alone, into that.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'vite';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const [folder] = process.argv.slice(2);

/** Names of properties that no page, no server and no browser knows. */
const INNER = /^(isHeld|onSent|onDrop|setUser|leave|forget|place|head|open|close|ids|restart)$/;

/** One file of its own for evergreen browsers. */
const bundle = (name, entry, format) =>
  build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    define: { VERSION: JSON.stringify(version) },
    build: {
      outDir: folder ?? 'dist',
      emptyOutDir: false,
      target: 'es2022',
      // Of what is served, a header names the map.
      sourcemap: format === 'iife' ? 'hidden' : true,
      minify: false,
      rollupOptions: { output: { comments: false, minify: format === 'iife' && { mangleProps: { include: INNER } } } },
      lib: { entry: `src/${entry}.ts`, name: 'unused', formats: [format], fileName: () => `${name}.js` },
    },
  });

async function types() {
  // The package exports no program of its own.
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript-7/package.json'));
  const tsc = join(compiler, 'bin/tsc');
  const stdio = ['ignore', 2, 2];
  const child = spawn(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { cwd: import.meta.dirname, stdio });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}

const served = [
  bundle('t', 'script', 'iife'),
  bundle('trackables', 'trackables-script', 'iife'),
  bundle('trackr', 'trackr', 'iife'),
];
await Promise.all(folder === undefined ? [...served, bundle('index', 'index', 'es'), types()] : served);
