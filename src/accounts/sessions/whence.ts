import type { FastifyRequest } from 'fastify';
import { networkOf } from '../../core/access/network-of.js';
import type { Whence } from './refused-sign-ins.service.js';

/** From where a call comes that signs somebody in. */
export function whenceOf({ ip, headers, id }: FastifyRequest): Whence {
  return { network: networkOf(ip), agent: headers['user-agent'] ?? '', requestId: id };
}
