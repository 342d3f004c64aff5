import type { FastifyRequest } from 'fastify';
import { sessionTokenOf } from '../../access/session-cookie.js';
import { networkOf } from '../../core/access/network-of.js';
import type { Whence } from './refused-sign-ins.service.js';

/** From where a call comes that signs somebody in. */
export function whenceOf(request: FastifyRequest): Whence {
  const { ip, headers, id } = request;
  const sessionToken = sessionTokenOf(request);
  return { network: networkOf(ip), agent: headers['user-agent'] ?? '', requestId: id, sessionToken };
}
