import { destination, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

/** Where a password stands in a URL, and a credential in a header that got into a message. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^:@/\s"]*:)[^@\s"]+@/g, '$1***@'],
  [/\b(Bearer|Basic)\s+[^\s"\\,]+/gi, '$1 ***'],
];

/**
 * One JSON line for each message, to standard output unless another stream is given. The finished line is searched for
 * secrets: they also come inside messages and stacks of errors that others throw, where no path names them. Lines are
 * written beside the work, in order, and the last ones when the process exits.
 */
export function createLogger(
  level: string,
  stream: DestinationStream = destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 100 }),
): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: {
      paths: [
        'authorization',
        'cookie',
        'password',
        '*.authorization',
        '*.cookie',
        '*.password',
        '*.headers.authorization',
      ],
      censor: '***',
    },
    formatters: { log: withPlainErrors },
    serializers: { err: (fields: unknown) => fields },
    hooks: { streamWrite: withoutSecrets },
  };
  return pino(options, stream);
}

/** Errors of any name as fields. */
function withPlainErrors(line: Record<string, unknown>): Record<string, unknown> {
  const plain = Object.entries(line).map(([name, value]) => [
    name,
    value instanceof Error ? withoutValues(stdSerializers.err(value)) : value,
  ]);
  return Object.fromEntries(plain) as Record<string, unknown>;
}

/** Fields of an error of the database that hold values of the statement: personal data, keys, and secrets. */
const VALUES = new Set(['parameters', 'detail', 'where']);

/** A serialised error and its causes without the values of a failed statement. */
function withoutValues(error: object): object {
  const isOfDatabase = 'severity' in error || 'query' in error;
  const kept = Object.entries(error).filter(([name]) => !(isOfDatabase && VALUES.has(name)));
  return Object.fromEntries(kept.map(([name, value]: [string, unknown]) => [name, plainWithin(value)]));
}

function plainWithin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainWithin);
  return typeof value === 'object' && value !== null && 'stack' in value ? withoutValues(value) : value;
}

/** The text with passwords of URLs and credentials replaced. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((line, [secret, replacement]) => line.replace(secret, replacement), text);
}
