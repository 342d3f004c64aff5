export { MusterClient } from './muster-client.js';
export type { MusterClientOptions } from './api.js';
export { PropertyClient } from './property-client.js';
export type { SubmitOptions } from './ask.js';
export { canonicalHash, canonicalJson, type Json } from './canonical-hash.js';
export { MusterError, RunFailed, type FieldError } from './muster-error.js';
export type * from './types.js';
