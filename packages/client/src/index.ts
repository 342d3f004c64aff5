export { MusterClient } from './muster-client.js';
export { createApi, type Api, type MusterClientOptions } from './api.js';
export { PropertyClient } from './property-client.js';
export type { SubmitOptions } from './ask.js';
export { canonicalHash, canonicalJson, type Json } from './canonical-hash.js';
export { MusterError, RunFailed, unwrap, type FieldError } from './muster-error.js';
export type { components, paths } from './schema.js';
export type * from './types.js';
