export { MusterClient, type MusterClientOptions } from './muster-client.js';
export { PropertyClient, type AskOptions, type IngestResult } from './property-client.js';
export { MusterError, RunFailed, type FieldError } from './muster-error.js';
export type * from './types.js';
