import { isIPv4, isIPv6 } from 'node:net';

/** IPv6 in brackets, with a port or without. */
const BRACKETED = /^\[([^[\]]*:[^[\]]*)\](?::(\d{1,5}))?$/;
/** A port after an IPv4. */
const PORT = /^(\d+\.\d+\.\d+\.\d+):(\d{1,5})$/;
/** Of an interface of the sender: RFC 4007. */
const ZONE = /%[\w.~-]+$/;
const MAX_PORT = 65_535;
/** Longer than any address with its zone and port. */
const MAX_LENGTH = 128;
const GROUPS = 8;
/** The form that mapped addresses had before: RFC 4291, 2.5.5.1. */
const COMPATIBLE = /^::(\d+\.\d+\.\d+\.\d+)$/;
/** Of IPv4 in IPv6: RFC 4291, 2.5.5.2. */
const MAPPED = '0:0:0:0:0:ffff';

/**
 * The first address of the network of an address, by the rule of the service: IPv4 cut to /24, IPv6 to /48; IPv4 in
 * IPv6 as IPv4. Ports and zones are dropped. Null: it is no address.
 */
export function cutAddress(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const [, inner, port = '0'] = BRACKETED.exec(text) ?? PORT.exec(text) ?? [];
  if (Number(port) > MAX_PORT) return null;
  const bare = inner ?? text;
  if (isIPv4(bare)) return cutIPv4(bare.split('.').map(Number));
  const address = bare.replace(ZONE, '');
  if (address.includes('%') || !isIPv6(address)) return null;
  const compatible = COMPATIBLE.exec(address)?.[1];
  if (compatible !== undefined) return cutIPv4(compatible.split('.').map(Number));
  const groups = groupsOf(address);
  const mapped = groups.slice(0, 6).map((group) => group.toString(16));
  if (mapped.join(':') === MAPPED) return cutIPv4(groups.slice(6).flatMap((group) => [group >> 8, group & 255]));
  return `${mapped.slice(0, 3).join(':')}::`;
}

function cutIPv4(bytes: readonly number[]): string {
  return `${bytes.slice(0, 3).join('.')}.0`;
}

/** The eight groups of a valid IPv6, whose last two may be written as IPv4. */
function groupsOf(address: string): number[] {
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter(Boolean).flatMap(groupOf));
  if (tail === undefined) return head;
  return [...head, ...Array.from({ length: GROUPS - head.length - tail.length }, () => 0), ...tail];
}

function groupOf(text: string): number[] {
  if (!text.includes('.')) return [Number.parseInt(text, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
