import { cutAddress } from '../../../../src/core/usage/counters/cut-address.js';
import { ADDRESSES, NO_ADDRESSES } from '../../../support/usage/addresses.js';

describe('an address', () => {
  it.each(ADDRESSES)('%s is %s', (text, network) => {
    expect(cutAddress(text)).toBe(network);
  });

  it.each(NO_ADDRESSES)('%j is none', (text) => {
    expect(cutAddress(text)).toBeNull();
  });
});
