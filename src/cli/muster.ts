import { Command } from 'commander';
import { EXIT_CODES } from '../platform/config/startup-problem.js';
import { programVersion } from '../platform/config/package-root.js';
import { exitWith } from '../platform/process/ending.js';

// The command line. Each command is a file beside this one, and loaded only when it is called.

const MORE = `
Settings are environment variables, in docs/reference.md. Exit codes: 0 done, 64 a wrong command line, 65 a damaged
backup, 69 a store or an address that cannot be used, 74 a full disk, 75 a data folder in use, 78 a setting or a machine to be put right, 1 anything else.`;

const program = new Command('muster')
  .description('Self-hosted cohort analysis over REST.')
  .version(programVersion())
  .addHelpText('after', MORE)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_CODES.usage));

program
  .command('serve')
  .description('start the service, with the embedded stores where no server is set')
  .action(async () => (await import('./serve.js')).serve());

program
  .command('migrate')
  .description('bring the tables of both stores up to date, before a deployment')
  .action(async () => (await import('./migrate.js')).migrate());

program
  .command('key')
  .description('make a new admin key in place of one that is lost, while Muster runs or not')
  .action(async () => (await import('./key.js')).replaceKey());

program
  .command('owner')
  .description('invite an owner by address: prints a token, for seven days and once')
  .argument('<email>')
  .action(async (email: string) => (await import('./owner.js')).inviteOwner(email));

program
  .command('secrets')
  .description('the secrets of providers, which are encrypted in the database')
  .command('rotate')
  .description('encrypt them by a new key, in the file secret-key, or by the first one of MUSTER_SECRET_KEY')
  .action(async () => (await import('./secrets.js')).rotateSecrets());

program
  .command('backup')
  .description('write a backup of the embedded stores, while Muster runs or not')
  .argument('<folder>', 'is made; must not be there yet')
  .action(async (folder: string) => (await import('./backup.js')).backup(folder));

program
  .command('restore')
  .description('put a backup into the data folder (MUSTER_DATA_DIR), which must be empty')
  .argument('<folder>', 'the backup')
  .option('--check', 'only look whether the backup is whole and this program can restore it')
  .action(async (folder: string, { check }: { check?: true }) =>
    (await import('./restore.js')).restore(folder, check === true),
  );

program
  .command('doctor')
  .description('look at settings, machine, data folder and stores, and tell what to do; 1 where something fails')
  .option('--json', 'as JSON')
  .action(async ({ json }: { json?: true }) => (await import('./doctor.js')).doctor(json === true));

program
  .command('demo')
  .description('start, load real data, ask, print the answers, and keep serving')
  .option('--exit', 'end when the answers are printed')
  .action(async ({ exit }: { exit?: true }) => (await import('./demo.js')).demo(exit === true));

await program.parseAsync().catch(exitWith);
