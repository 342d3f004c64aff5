import { NetworkLimit } from '../../../src/access/network-limit.service.js';
import { readConfig } from '../../../src/platform/config/read-config.js';

const of = (networkRequests: string): NetworkLimit =>
  new NetworkLimit(readConfig({ MUSTER_NETWORK_REQUESTS_PER_SECOND: networkRequests }));
const TOO_MANY = expect.objectContaining({ code: 'too_many_requests' }) as Error;

describe('NetworkLimit', () => {
  it('lets the calls that come after pay for a large body, of the same network alone', () => {
    const limit = of('1000');
    limit.count('203.0.113.7');
    limit.countBody('203.0.113.7', 16_383);
    limit.count('203.0.113.9');
    // What 100 seconds may send.
    limit.countBody('203.0.113.7', 100_000 * 16_384);
    expect(() => limit.count('203.0.113.9')).toThrow(TOO_MANY);
    expect(() => limit.count('198.51.100.7')).not.toThrow();
  });

  it('counts nothing where it is switched off', () => {
    const limit = of('0');
    limit.countBody('203.0.113.7', 1e12);
    expect(() => limit.count('203.0.113.7')).not.toThrow();
  });
});
