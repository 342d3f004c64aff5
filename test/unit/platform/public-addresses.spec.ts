import { blockList, isIn, isPublic } from '../../../src/platform/outbound/public-addresses.js';

describe('an address', () => {
  it.each(['93.184.216.34', '1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450:4001:80b::200e'])(
    '%s is public',
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  // RFC 6890, RFC 4193, RFC 4291, RFC 6052, RFC 3056, RFC 4380.
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:1::',
    '2001:db8::1',
    '::ffff:7f00:1',
    'localhost',
    '',
  ])('%s is not', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it('is in the networks that are allowed, however it is written', () => {
    const list = blockList(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);
    const addresses = ['10.9.9.9', '::ffff:10.9.9.9', '127.0.0.1', '127.0.0.2', 'fd12::1', 'fe80::1'];
    expect(addresses.map((address) => isIn(list, address))).toEqual([true, true, true, false, true, false]);
  });
});
