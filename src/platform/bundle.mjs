// Bundles the compiled program with its packages into dist/muster: fewer files to find, read and compile at each start
// (decisions/0043-program-in-one-bundle.md). Plain JavaScript: it is a step of the build.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Read from their own folders at run time: programs, binaries, pages, threads. */
const EXTERNAL = [
  /^@muster\//,
  /^@node-rs\//,
  /^chdb/,
  /^msgpackr-extract/,
  /^pino/,
  /^swagger-ui-dist/,
  /^thread-stream/,
];
/** Parts of Nest that are optional, and not installed. */
const OPTIONAL = /'@nestjs\/(microservices|websockets|platform-express)|'@fastify\/(multipart|view)/;
/** They load packages of the bundle by a `require` of their own, which the bundler does not see: a second copy of each. */
const OWN_REQUIRE = /@nestjs\/(typeorm|mapped-types)\/.*\.js$/;
const MADE = 'const require = createRequire(import.meta.url);';
/** Packages that are CommonJS load others by it. */
const REQUIRE = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

const bundle = await rolldown({
  input: { main: join(root, 'dist/src/main.js') },
  platform: 'node',
  external: EXTERNAL,
  plugins: [{ name: 'seen-requires', transform: { filter: { id: OWN_REQUIRE }, handler: withoutOwnRequire } }],
  onLog(level, log) {
    if (log.code === 'UNRESOLVED_IMPORT' && OPTIONAL.test(log.message)) return;
    if (level !== 'debug') throw new Error(log.message);
  },
});
await bundle.write({ dir: join(root, 'dist/muster'), format: 'esm', keepNames: true, banner: REQUIRE });
await bundle.close();

/** @param {string} code */
function withoutOwnRequire(code) {
  return code.replace(MADE, '');
}
