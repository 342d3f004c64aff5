import { runTogether } from '../support/run-together.js';

await runTogether(
  'test/unit',
  'packages/embedded-stores/test/unit',
  'packages/tracker/test',
  'packages/app-tracker/test/unit',
  'web/test',
);
