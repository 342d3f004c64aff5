import { arrivalCases } from './arrival.cases.js';
import { elementCases } from './elements.cases.js';
import { keepingCases } from './keeping.cases.js';
import { leavingCases } from './leaving.cases.js';
import { pageCases } from './pages.cases.js';
import { privacyCases } from './privacy.cases.js';
import { surroundingsCases } from './surroundings.cases.js';
import { startTrackerWorld, type TrackerWorld } from './tracker-world.js';
import { trackrCases } from './trackr.cases.js';
import { visitorCases } from './visitors.cases.js';

// One browser and one running program for all of it.

const CASES = {
  pages: pageCases,
  leaving: leavingCases,
  elements: elementCases,
  'what waits': keepingCases,
  surroundings: surroundingsCases,
  privacy: privacyCases,
  visitors: visitorCases,
  "aktivat's pages": trackrCases,
  'all of it': arrivalCases,
};

let world: TrackerWorld;

beforeAll(async () => {
  world = await startTrackerWorld();
});

afterAll(() => world?.stop());

beforeEach(() => world.reset());

describe.each(Object.entries(CASES))('%s', (_, cases) => {
  cases(() => world);
});
