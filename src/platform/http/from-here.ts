import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { isLoopbackHost } from '../config/loopback.js';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
/**
 * What proxies add to a request that they hand on (RFC 7239, RFC 9110 7.6.3, and customs): any of them says that the
 * caller is somebody else.
 */
const OF_PROXIES =
  /^(via|forwarded|x-forwarded|x-forwarded-.+|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.+|x-proxy.*|true-client-ip|client-ip|cf-.+|fastly-.+|x-envoy-.+|x-amzn-trace-id|x-cloud-trace-context|x-appengine-.+|x-azure-.+|cdn-loop)$/;

declare module 'fastify' {
  interface FastifyInstance {
    readonly isReachedFromElsewhere: boolean;
  }
}

/**
 * Whether people reach Muster from other machines by what stands before it: what does so may be on this machine, and add
 * no header.
 */
export function isReachedFromElsewhere({
  publicUrl,
  trustedProxies,
}: Pick<Config, 'publicUrl' | 'trustedProxies'>): boolean {
  return trustedProxies.length > 0 || (publicUrl !== undefined && !isLoopbackHost(new URL(publicUrl).hostname));
}

/**
 * Whether the caller is on this machine, and no proxy there has handed the call of somebody else on. Nobody is where
 * MUSTER_PUBLIC_URL or MUSTER_TRUSTED_PROXIES say that others come.
 */
export function isFromHere({ ip, headers, server }: FastifyRequest): boolean {
  if (server.isReachedFromElsewhere) return false;
  return LOOPBACK.test(ip) && !Object.keys(headers).some((name) => OF_PROXIES.test(name));
}
