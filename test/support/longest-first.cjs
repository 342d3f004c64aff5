const TestSequencer = require('@jest/test-sequencer').default;

/** Suites of the built program take longest, those with stores come next: begun last they would be waited for alone. */
const LONG = ['e2e', 'console', 'integration'].map((name) => new RegExp(`[\\\\/]test[\\\\/]${name}[\\\\/]`));

/** Runs the long suites first, by folder, then the others; each group in Jest's own order: by time taken, or by size. */
module.exports = class LongestFirst extends TestSequencer {
  sort(tests) {
    const long = LONG.map((folder) => tests.filter(({ path }) => folder.test(path)));
    const others = tests.filter((test) => !long.flat().includes(test));
    return [...long, others].flatMap((group) => super.sort(group));
  }
};
