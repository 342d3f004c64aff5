import { readFileSync } from 'node:fs';
import { EXIT_CODES } from '../config/startup-problem.js';

/** A process at rest has some 50 open, its engine 80; connections, queries and parts of tables come on top. */
export const FILES_NEEDED = 1024;

/** Ends the process with a line that says what to do where it may not open as many files as it needs. */
export function refuseFewFiles(limit = openFilesLimit()): void {
  if (limit >= FILES_NEEDED) return;
  process.stderr.write(
    `This process may have ${limit} files open at once and needs ${FILES_NEEDED}: run "ulimit -n ${FILES_NEEDED}" before it, or set LimitNOFILE (systemd) or --ulimit nofile (containers)\n`,
  );
  process.exit(EXIT_CODES.configuration);
}

/**
 * How many files this process may have open at once; Infinity where that has no limit or cannot be read. Node has
 * raised it to what is allowed by then.
 */
function openFilesLimit(): number {
  if (process.platform !== 'linux') return limitOf(String(softLimitOfReport()));
  try {
    return limitOf(/^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  } catch {
    return Infinity;
  }
}

function limitOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : Infinity;
}

function softLimitOfReport(): unknown {
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } };
  };
  return report.userLimits?.open_files?.soft;
}
