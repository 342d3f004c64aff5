import type { FastifyRequest } from 'fastify';
import { Failure } from '../../core/failure.js';
import type { Config } from '../../platform/config/config.js';
import { isFromHere } from '../../platform/http/from-here.js';

/** Where Muster is reached: as it is set, else as the caller has reached it. */
export function originOf({ publicUrl }: Config, { protocol, host }: FastifyRequest): string {
  return publicUrl ?? `${protocol}://${host}`;
}

/**
 * The same, for what a provider is told: a caller from elsewhere could write any name.
 * @throws Failure forbidden
 */
export function knownOriginOf(config: Config, request: FastifyRequest): string {
  if (config.publicUrl !== undefined || isFromHere(request)) return originOf(config, request);
  throw new Failure('forbidden', 'To sign in by a provider from elsewhere Muster needs MUSTER_PUBLIC_URL.');
}
