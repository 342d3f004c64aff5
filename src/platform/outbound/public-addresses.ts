import { BlockList, isIP, isIPv4 } from 'node:net';

/** What is no host of the public Internet, by the registries of IANA for IPv4 (RFC 6890). */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Of IPv6 hosts are in 2000::/3 alone; of that, what stands for other addresses or for none. */
const GLOBAL_V6 = ['2000::/3'];
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

const notPublic = blockList([...NOT_PUBLIC_V4, ...NOT_PUBLIC_V6]);
const globalV6 = blockList(GLOBAL_V6);

/** Addresses and networks (`10.0.0.0/8`) as a list that can be asked. */
export function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
  }
  return list;
}

/** Whether an address is in one of the networks; IPv4 that is mapped into IPv6 is IPv4. */
export function isIn(list: BlockList, address: string): boolean {
  const plain = MAPPED.exec(address)?.[1] ?? address;
  return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/** Whether an address is of a host of the public Internet. False for a text that is none. */
export function isPublic(address: string): boolean {
  const plain = MAPPED.exec(address)?.[1] ?? address;
  if (isIP(plain) === 0) return false;
  return !isIn(notPublic, plain) && (isIPv4(plain) || isIn(globalV6, plain));
}
