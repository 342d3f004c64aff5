import { cutAddress } from '../../../packages/client/src/usage/cut-address.js';
import { cutAddress as cutByService } from '../../../src/core/usage/counters/cut-address.js';
import { ADDRESSES, NO_ADDRESSES } from '../../support/usage/addresses.js';

/** The table of the service's own rule. */
describe('an address cut by the client', () => {
  it.each(ADDRESSES)('%s is of %s', (text, network) => {
    const cut = cutAddress(text);
    expect(cut === null ? null : cutByService(cut)).toBe(network);
    // The first address of its network: nothing of the sender is left.
    if (cut !== null) expect(cut).toMatch(cut.includes(':') ? /^[\da-f]+:[\da-f]+:[\da-f]+::$/ : /^\d+\.\d+\.\d+\.0$/);
  });

  it.each(NO_ADDRESSES)('%j is none', (text) => {
    expect(cutAddress(text)).toBeNull();
  });
});
