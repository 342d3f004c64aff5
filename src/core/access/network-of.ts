const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f:]*:[0-9a-f:.]*$/i;
const MAPPED = /^::ffff:(?=\d+\.)/i;
const GROUPS = 3;

/** The network of an address as a socket tells it, cut to /24 or /48: enough to tell places apart, too little to name a person. */
export function networkOf(address: string): string | null {
  const bare = address.replace(MAPPED, '').replace(/%.*$/, '');
  if (IPV4.test(bare)) return `${bare.split('.').slice(0, 3).join('.')}.0/24`;
  return IPV6.test(bare) ? `${firstGroups(bare).join(':')}::/48` : null;
}

/** `::` stands for as many groups of zeros as are missing. */
function firstGroups(address: string): string[] {
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = address.includes('::') ? Array.from({ length: 8 }, () => '0') : [];
  const groups = [...(left ?? []), ...zeros.slice((left ?? []).length + (right ?? []).length), ...(right ?? [])];
  return groups.slice(0, GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
}
