const TestSequencer = require('@jest/test-sequencer').default;

/** Suites of the built program take longest, and most of that time they wait: begun last they would be waited for alone. */
const LONG = /[\\/]test[\\/]e2e[\\/]/;

/** Runs the suites of `test/e2e` first, then the others in Jest's own order: by how long they took, or by their size. */
module.exports = class LongestFirst extends TestSequencer {
  sort(tests) {
    const [long, others] = [true, false].map((isLong) => tests.filter(({ path }) => LONG.test(path) === isLong));
    return [...super.sort(long), ...super.sort(others)];
  }
};
