import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Speakers that list every module and route at each start. */
const TALKATIVE = new Set<unknown>([
  'InstanceLoader',
  'NestFactory',
  'NestApplication',
  'RouterExplorer',
  'RoutesResolver',
]);

/**
 * Nest's messages as lines of our logger. Nest passes the name of the class that speaks as the last argument, and a
 * stack as the one before it where there is an error. (nestjs-pino needs Node 22.)
 */
export class NestLogger implements LoggerService {
  private readonly repeated = new RepeatedLines();

  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(TALKATIVE.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    const texts = rest.filter((part) => typeof part === 'string');
    const context = texts.at(-1);
    const stack = texts.length > 1 ? texts.at(-2) : undefined;
    const err = message instanceof Error ? message : rest.find((part) => part instanceof Error);
    const held =
      level === 'warn' || level === 'error' ? this.repeated.pass(lineOf(context, message, err), Date.now()) : 0;
    if (held === null) return;
    const fields = {
      ...(context && { context }),
      ...(stack && { stack }),
      ...(err && { err }),
      ...(held > 0 && { repeated: held }),
    };
    if (message instanceof Error) return this.logger[level](fields, message.message);
    if (typeof message === 'object' && message !== null) return this.logger[level]({ ...fields, ...message });
    this.logger[level](fields, String(message));
  }
}

/** What identifies a line: its context, message and error, without the stack. */
function lineOf(context: string | undefined, message: unknown, err: unknown): string {
  const reason = err instanceof Error ? err.message : '';
  if (typeof message !== 'object' || message instanceof Error) return `${context}: ${String(message)} ${reason}`;
  const entries = Object.entries(message ?? {}).map(([name, value]) => [
    name,
    value instanceof Error ? value.message : value,
  ]);
  return `${context}: ${inspect(entries, { depth: 1 })} ${reason}`;
}

/** Often enough to see that it goes on. */
const EVERY_MS = 10_000;
/** Lines that differ every time do not repeat: the oldest are forgotten. */
const MAX_LINES = 500;

interface LoggedLine {
  readonly atMs: number;
  held: number;
}

/**
 * Passes a line once in ten seconds, however often it is logged: everything that needs a store logs that it is away.
 */
export class RepeatedLines {
  readonly #logged = new Map<string, LoggedLine>();

  /** How often the line was held back since it was last let through; null: it is held back now. */
  pass(line: string, nowMs: number): number | null {
    const logged = this.#logged.get(line);
    if (logged !== undefined && nowMs - logged.atMs < EVERY_MS) {
      logged.held += 1;
      return null;
    }
    this.#logged.delete(line);
    const [oldest] = this.#logged.keys();
    if (this.#logged.size >= MAX_LINES && oldest !== undefined) this.#logged.delete(oldest);
    this.#logged.set(line, { atMs: nowMs, held: 0 });
    return logged?.held ?? 0;
  }
}
