/**
 * What the supervisors need of a logger: the object holds figures, the message says what happened. A logger of pino
 * fits.
 */
export interface StoreLogger {
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}
