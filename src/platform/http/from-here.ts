import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
/**
 * What proxies add to a request that they hand on (RFC 7239, RFC 9110 7.6.3, and customs): any of them says that the
 * caller is somebody else.
 */
const OF_PROXIES =
  /^(via|forwarded|x-forwarded|x-forwarded-.+|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.+|x-proxy.*|true-client-ip|client-ip|cf-.+|fastly-.+|x-envoy-.+|x-amzn-trace-id|x-cloud-trace-context|x-appengine-.+|x-azure-.+|cdn-loop)$/;

/** Whether the caller is on this machine, and no proxy there has handed the call of somebody else on. */
export function isFromHere({ ip, headers }: FastifyRequest): boolean {
  return LOOPBACK.test(ip) && !Object.keys(headers).some((name) => OF_PROXIES.test(name));
}
