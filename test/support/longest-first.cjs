const TestSequencer = require('@jest/test-sequencer').default;

/** What takes longest comes first: begun last, it would be waited for alone. Measured as processor time of all processes. */
const ORDER = [
  'e2e/chaos',
  'e2e/crash',
  'console/',
  'whole/process',
  'whole/cohorts',
  'whole/ingestion',
  'whole/requests',
  'whole/queue',
  'redis/',
  'whole/metrics',
  'e2e/',
  'whole/usage',
  'whole/access',
  'whole/collect',
  'whole/tracker',
];

/** Runs the long suites first, then the others in Jest's own order. */
module.exports = class LongestFirst extends TestSequencer {
  sort(tests) {
    const placeOf = ({ path }) => {
      const place = ORDER.findIndex((part) => path.includes(`/test/${part}`));
      return place < 0 ? ORDER.length : place;
    };
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
};
