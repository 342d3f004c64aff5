import { destination, pino, type DestinationStream, type Logger } from 'pino';

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
    hooks: { streamWrite: withoutSecrets },
  };
  return pino(options, stream);
}

/** The text with passwords of URLs and credentials replaced. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((line, [secret, replacement]) => line.replace(secret, replacement), text);
}
