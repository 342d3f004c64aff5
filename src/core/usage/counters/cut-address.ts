import ipaddr from 'ipaddr.js';

/** IPv6 in brackets, with a port or without. */
const BRACKETED = /^\[([^[\]]*)\](?::(\d{1,5}))?$/;
/** A port after an IPv4. */
const PORT = /^(\d+\.\d+\.\d+\.\d+):(\d{1,5})$/;
/** Of an interface of the sender: RFC 4007. */
const ZONE = /%[\w.~-]+$/;
const MAX_PORT = 65_535;
/** Longer than any address with its zone and port. */
const MAX_LENGTH = 128;
const KEPT_BYTES = { ipv4: 3, ipv6: 6 } as const;

/**
 * The network of an address, cut so that it names no person: IPv4 to /24, IPv6 to /48; IPv4 in IPv6 as IPv4. Ports and
 * zones are dropped. Null: it is no address; IPv4 is four decimal numbers without leading zeros, and no short form.
 */
export function cutAddress(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const bare = withoutPort(text);
  if (bare === null) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return cut(ipaddr.IPv4.parse(bare));
  const address = bare.includes(':') ? bare.replace(ZONE, '') : bare;
  if (address.includes('%') || !ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  return cut(parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed);
}

function withoutPort(text: string): string | null {
  const found = BRACKETED.exec(text) ?? PORT.exec(text);
  if (found === null) return text;
  const [, address = '', port = '0'] = found;
  if (Number(port) > MAX_PORT) return null;
  return text.startsWith('[') && !address.includes(':') ? null : address;
}

function cut(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  const kind = address.kind();
  const kept = KEPT_BYTES[kind];
  const bytes = address.toByteArray().map((byte, i) => (i < kept ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${8 * kept}`;
}
